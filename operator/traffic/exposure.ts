import { ANNOTATIONS, LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { targetGroupName, targetGroupServiceName } from "#lib/ecs/traffic/names.ts";
import { type Ingress, type KubeObject, type OwnerReference, RESOURCE } from "#lib/kube/resources.ts";
import { type Exposure, EXPOSURES } from "#lib/config-members.ts";
import type { LoadBalancer } from "#model/generated/types.generated.ts";
import type { Child, TrafficProblem, TrafficState } from "./state.ts";

/** The part of an HTTPRoute that is written. */
export interface HttpRoute extends KubeObject {
  spec: {
    parentRefs: { namespace: string; name: string; sectionName?: string }[];
    hostnames: string[];
    /** Two Services with weights share the traffic where a deployment shifts it. */
    rules: { backendRefs: { name: string; port: number; weight?: number }[] }[];
  };
}

export function isHttpRoute(object: KubeObject): object is HttpRoute {
  return object.kind === "HTTPRoute";
}

/** How a service's target groups can be reached: what its annotation says, else the installation. */
export function exposureOf({ service, settings }: Pick<TrafficState, "service" | "settings">): Exposure {
  const said = service.metadata.annotations?.[ANNOTATIONS.exposure];
  return EXPOSURES.find((each) => each === said) ?? settings.exposure;
}

/** Type of the Service that makes it so. */
export function serviceTypeOf(exposure: Exposure): "ClusterIP" | "NodePort" | "LoadBalancer" {
  return exposure === "NodePort" || exposure === "LoadBalancer" ? exposure : "ClusterIP";
}

/** What is missing for it. */
export function routeProblem(state: TrafficState): TrafficProblem | undefined {
  const exposure = exposureOf(state);
  const { gateway, domain } = state.settings;
  const unknown = unknownExposure(state);
  if (unknown !== undefined)
    return misconfigured(`There is no exposure ${unknown}; there are ${EXPOSURES.join(", ")}.`);
  if (exposure === "Gateway" && gateway === undefined) return misconfigured("KECS_GATEWAY names no Gateway.");
  const named = domain !== undefined || annotatedHosts(state).length > 0;
  if (named || serviceTypeOf(exposure) === exposure) return undefined;
  return misconfigured(
    `${exposure} needs a host name: set KECS_TARGET_GROUP_DOMAIN, or the annotation ${ANNOTATIONS.hostnames} of the ECSService.`,
  );
}

/** The Ingress or HTTPRoute of a target group, of its Service's name, if there is to be one. */
export function routeOf(
  group: LoadBalancer,
  state: TrafficState & { readonly port: number },
  ownerReferences: OwnerReference[],
): Child[] {
  const exposure = exposureOf(state);
  const name = targetGroupServiceName(group);
  const { namespace = "" } = state.service.metadata;
  const metadata = { name, namespace, labels: { [LABELS.managedBy]: MANAGED_BY }, ownerReferences };
  const hosts = hostnamesOf(group, state);
  if (exposure === "Ingress") return [{ resource: RESOURCE.ingresses, object: ingress(metadata, hosts, state) }];
  if (exposure === "Gateway") return [{ resource: RESOURCE.httproutes, object: httpRoute(metadata, hosts, state) }];
  return [];
}

type Metadata = NonNullable<Ingress["metadata"]> & { name: string };

function ingress(
  metadata: Metadata,
  hosts: readonly string[],
  { settings, port }: TrafficState & { readonly port: number },
): Ingress {
  const backend = { service: { name: metadata.name, port: { number: port } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata,
    spec: {
      ...(settings.ingressClass !== undefined && { ingressClassName: settings.ingressClass }),
      rules: hosts.map((host) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
    },
  };
}

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#httproute */
function httpRoute(
  metadata: Metadata,
  hostnames: string[],
  { settings, port }: TrafficState & { readonly port: number },
): HttpRoute {
  const [namespace = "", name = "", sectionName] = (settings.gateway ?? "").split("/");
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata,
    spec: {
      parentRefs: [{ namespace, name, ...(sectionName !== undefined && { sectionName }) }],
      hostnames,
      rules: [{ backendRefs: [{ name: metadata.name, port }] }],
    },
  };
}

function hostnamesOf(group: LoadBalancer, state: TrafficState): string[] {
  const said = annotatedHosts(state);
  const { domain = "" } = state.settings;
  return said.length > 0 ? said : [`${targetGroupName(group).toLowerCase()}.${domain}`];
}

function annotatedHosts({ service }: TrafficState): string[] {
  const said = service.metadata.annotations?.[ANNOTATIONS.hostnames] ?? "";
  return said.split(",").flatMap((host) => (host.trim() === "" ? [] : [host.trim()]));
}

function unknownExposure({ service }: TrafficState): string | undefined {
  const said = service.metadata.annotations?.[ANNOTATIONS.exposure];
  return said === undefined || EXPOSURES.some((each) => each === said) ? undefined : said;
}

const misconfigured = (message: string): TrafficProblem => ({ reason: "InvalidExposure", message });
