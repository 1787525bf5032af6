import { ANNOTATIONS, LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { connectEndpoints, type ConnectEndpoint } from "#lib/ecs/traffic/service-connect.ts";
import {
  dnsServiceName,
  registryServiceName,
  targetGroupServiceName,
  testServiceName,
  trafficLabel,
} from "#lib/ecs/traffic/names.ts";
import { isStaged } from "#lib/ecs/lifecycle.ts";
import { trafficProblems } from "#lib/ecs/traffic/rules.ts";
import { isConnected } from "#lib/ecs/traffic/discovery.ts";
import { controllerReference } from "#lib/kube/owners.ts";
import { apiVersionOf, type OwnerReference, type Service } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { LoadBalancer, PortMapping, ServiceRegistry } from "#model/generated/types.generated.ts";
import { isPortName } from "../pod/ports.ts";
import { exposureOf, routeOf, routeProblem, serviceTypeOf } from "./exposure.ts";
import { hostsOf } from "./hosts.ts";
import type { FoundRegistry, Traffic, TrafficProblem, TrafficState } from "./state.ts";

type ServicePort = NonNullable<NonNullable<Service["spec"]>["ports"]>[number];

/** What should exist to bring traffic to a service's tasks; the same state always gives the same answer. */
export function desiredTraffic(state: TrafficState): Traffic {
  const problem = problemOf(state);
  if (problem) return { problem };
  const groups = uniqueGroups(state.service.spec.loadBalancers);
  const services = [
    ...groups.map((group) => targetGroupService(group, state)),
    ...state.registries.map((registry) => registryService(registry, state)),
    ...connectServices(state),
  ];
  const names = services.map(({ metadata }) => metadata?.name ?? "");
  const alternates = uniqueGroups(groups.flatMap(alternateOf));
  const selected = new Map(groups.flatMap((group) => selectedByTest(group)));
  return {
    services: [
      ...services,
      ...alternates.map((group) => targetGroupService(group, state, selected.get(targetGroupServiceName(group)))),
    ],
    tests: selected,
    routes: [...groups, ...alternates].flatMap((group) =>
      routeOf(group, { ...state, port: portOf(group, state) }, ownersOf(group, state)),
    ),
    labels: Object.fromEntries(names.map((name) => [trafficLabel(name), "true"])),
    hosts: hostsOf(state),
    drainSeconds: names.length > 0 ? delayOf(state) : 0,
    ...(state.namespace !== undefined && { connectNamespace: state.namespace }),
  };
}

function problemOf(state: TrafficState): TrafficProblem | undefined {
  const { service, definition, unresolved, namespace } = state;
  const [message] = trafficProblems(service.spec, definition);
  if (message !== undefined) return { reason: "InvalidTraffic", message };
  if (unresolved) return unresolved;
  if (isConnected(service.spec.serviceConnectConfiguration) && namespace === undefined) {
    return {
      reason: "NamespaceNotFound",
      message: "Service Connect needs a namespace: the configuration names none, and the cluster has no default.",
    };
  }
  return (
    clashOf(state) ??
    conflictOf(state) ??
    sharedShiftOf(state) ??
    uniqueGroups(service.spec.loadBalancers)
      .map(() => routeProblem(state))
      .find(Boolean)
  );
}

/** Two names of one service that come to the same Kubernetes name: `a.b` and `a-b`. */
function clashOf(state: TrafficState): TrafficProblem | undefined {
  const names = connectServices(state).map(({ metadata }) => metadata?.name ?? "");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined
    ? undefined
    : { reason: "InvalidTraffic", message: `Two dnsNames of Service Connect come to the Kubernetes Service ${twice}.` };
}

/** What shifts traffic directs all of a name: nobody else can stand behind that, or behind the name of its test traffic. */
function sharedShiftOf({ service, sharers }: TrafficState): TrafficProblem | undefined {
  for (const [name, all] of sharers) {
    const [first] = all;
    if (first === undefined || first.metadata.uid === service.metadata.uid) continue;
    const shifts = all.some(({ spec }) => isStaged(spec.deploymentConfiguration?.strategy));
    const isTest = all.some(({ spec }) => spec.loadBalancers?.some((each) => testServiceName(each) === name) === true);
    if (!shifts && !isTest) continue;
    const where = `${first.metadata.namespace ?? ""}/${first.metadata.name ?? ""}`;
    const message = `The service ${where} stands behind ${name} already, and deployments of one of its services shift its traffic.`;
    return { reason: "TrafficShared", message };
  }
  return undefined;
}

/** Services that stand behind one name must agree on the port, because the name has one. */
function conflictOf({ service, sharers }: TrafficState): TrafficProblem | undefined {
  for (const [name, all] of sharers) {
    const [first] = all;
    if (first === undefined || first.metadata.uid === service.metadata.uid) continue;
    const where = `${first.metadata.namespace ?? ""}/${first.metadata.name ?? ""}`;
    if (first.metadata.namespace !== service.metadata.namespace) {
      const message = `The registry ${name} is used by ${where} already; its services must share one Kubernetes namespace.`;
      return { reason: "RegistryElsewhere", message };
    }
    if (JSON.stringify(portsBehind(first, name)) !== JSON.stringify(portsBehind(service, name))) {
      const message = `The service ${where} stands behind ${name} with another container port; they must be the same.`;
      return { reason: "PortConflict", message };
    }
  }
  return undefined;
}

function portsBehind({ spec }: ECSService, name: string): (number | undefined)[] {
  const registries = (spec.serviceRegistries ?? []).filter(({ registryArn }) => registryArn === name);
  const groups = (spec.loadBalancers ?? []).filter((each) => targetGroupServiceName(each) === name);
  return [...registries.map(registryPort), ...groups.map(({ containerPort }) => containerPort)];
}

/** One entry for each target group, whatever was written twice. */
function uniqueGroups(loadBalancers: readonly LoadBalancer[] = []): LoadBalancer[] {
  return [...new Map(loadBalancers.map((each) => [targetGroupServiceName(each), each])).values()];
}

/** The alternate target group of one, as a target group. */
function alternateOf({ advancedConfiguration, ...group }: LoadBalancer): LoadBalancer[] {
  const { alternateTargetGroupArn: targetGroupArn } = advancedConfiguration ?? {};
  return targetGroupArn === undefined ? [] : [{ ...group, targetGroupArn }];
}

function selectedByTest(group: LoadBalancer): [string, string][] {
  const test = testServiceName(group);
  return test === undefined ? [] : [[test, targetGroupServiceName(group)]];
}

/** @param selected name of the Service whose Pods it selects, where that is another one */
function targetGroupService(group: LoadBalancer, state: TrafficState, selected?: string): Service {
  const name = targetGroupServiceName(group);
  const { containerPort = 0, containerName = "", targetGroupArn } = group;
  const exposure = exposureOf(state);
  return {
    ...skeleton(name, state, ownersOf(group, state), {
      [ANNOTATIONS.exposure]: exposure,
      ...(targetGroupArn !== undefined && { [ANNOTATIONS.targetGroupArn]: targetGroupArn }),
    }),
    spec: {
      type: serviceTypeOf(exposure),
      selector: selectorOf(selected ?? name),
      ports: [
        {
          name: "target",
          port: portOf(group, state),
          ...targetOf({ containerName, port: containerPort, shared: isShared(name, state) }, state),
        },
      ],
    },
  };
}

/** Whatever the port of the containers, which may change: a load balancer's listener has one of its own as well. */
const TARGET_GROUP_PORT = 80;

/** Port of a target group's Service: 80, or what the oldest of its services says. */
function portOf(group: LoadBalancer, { service, sharers }: TrafficState): number {
  const [first = service] = sharers.get(targetGroupServiceName(group)) ?? [];
  const said = Number(first.metadata.annotations?.[ANNOTATIONS.targetGroupPort]);
  return Number.isInteger(said) && said > 0 && said <= 65_535 ? said : TARGET_GROUP_PORT;
}

/**
 * A headless Service: its name resolves to the addresses of the ready Pods, and with a port to SRV records.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
 */
function registryService({ registry, dnsName }: FoundRegistry, state: TrafficState): Service {
  const name = registryServiceName(dnsName);
  const port = registryPort(registry);
  const owners = ownerReferences(state.sharers.get(registry.registryArn ?? "") ?? [state.service]);
  return {
    ...skeleton(name, state, owners, {
      [ANNOTATIONS.registryArn]: registry.registryArn ?? "",
      [ANNOTATIONS.dnsName]: dnsName,
    }),
    spec: {
      clusterIP: "None",
      selector: selectorOf(name),
      ...(port !== undefined && {
        ports: [
          {
            name: "srv",
            port,
            ...targetOf(
              { containerName: registry.containerName, port, shared: isShared(registry.registryArn ?? "", state) },
              state,
            ),
          },
        ],
      }),
    },
  };
}

const registryPort = ({ port, containerPort }: ServiceRegistry): number | undefined => port ?? containerPort;

/** One Service for each name in the namespace; it is of this service alone. */
function connectServices(state: TrafficState): Service[] {
  const { service, namespace, definition } = state;
  const { serviceConnectConfiguration } = service.spec;
  if (namespace === undefined) return [];
  const byName = new Map<string, ConnectEndpoint[]>();
  for (const endpoint of connectEndpoints(
    serviceConnectConfiguration,
    namespace,
    definition.containerDefinitions ?? [],
  )) {
    byName.set(endpoint.dnsName, [...(byName.get(endpoint.dnsName) ?? []), endpoint]);
  }
  return [...byName].map(([dnsName, endpoints]) => {
    const name = dnsServiceName(dnsName);
    const owners = [controllerReference(RESOURCES.ECSService, service)];
    return {
      ...skeleton(name, state, owners, { [ANNOTATIONS.dnsName]: dnsName }),
      spec: { type: "ClusterIP", selector: selectorOf(name), ports: uniquePorts(endpoints, state) },
    };
  });
}

function uniquePorts(endpoints: readonly ConnectEndpoint[], state: TrafficState): ServicePort[] {
  const ports = endpoints.map(({ port, containerPort, protocol, appProtocol }): [string, ServicePort] => {
    const name = `${protocol.toLowerCase()}-${port}`;
    const target = targetOf({ port: containerPort, shared: false }, state);
    return [name, { name, port, ...target, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
  return [...new Map(ports).values()];
}

function skeleton(
  name: string,
  { service }: TrafficState,
  ownerReferences: OwnerReference[],
  annotations: Record<string, string>,
): Pick<Service, "apiVersion" | "kind" | "metadata"> {
  const { namespace = "" } = service.metadata;
  const labels = { [LABELS.managedBy]: MANAGED_BY };
  const noted = Object.keys(annotations).length > 0 && { annotations };
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace, labels, ...noted, ownerReferences } };
}

const selectorOf = (name: string): Record<string, string> => ({
  [LABELS.managedBy]: MANAGED_BY,
  [trafficLabel(name)]: "true",
});

interface Target {
  readonly containerName?: string | undefined;
  readonly port: number;
  /** Whether other services stand behind the same Service: they may have no such name. */
  readonly shared: boolean;
}

/**
 * Where in the Pods traffic goes: by the port's name where all of them have it, so that it finds the port of each while one
 * revision replaces another that has another number; else by the number.
 */
function targetOf(
  { containerName, port, shared }: Target,
  { definition, podPortNames }: TrafficState,
): Pick<ServicePort, "targetPort" | "protocol"> {
  const mapping = (definition.containerDefinitions ?? [])
    .filter(({ name }) => containerName === undefined || name === containerName)
    .flatMap(({ portMappings = [] }) => portMappings)
    .find(({ containerPort }) => containerPort === port);
  const name = shared ? undefined : kubernetesName(mapping);
  const named = name !== undefined && podPortNames.every((names) => names.has(name));
  return { targetPort: named ? name : port, protocol: mapping?.protocol === "udp" ? "UDP" : "TCP" };
}

const kubernetesName = ({ name }: PortMapping = {}): string | undefined =>
  name !== undefined && isPortName(name) ? name : undefined;

const isShared = (name: string, { sharers }: TrafficState): boolean => (sharers.get(name)?.length ?? 0) > 1;

function ownersOf(group: LoadBalancer, { service, sharers }: TrafficState): OwnerReference[] {
  return ownerReferences(sharers.get(targetGroupServiceName(group)) ?? [service]);
}

/** Owners of what is shared: none controls it, and it goes with the last of them. */
function ownerReferences(services: readonly ECSService[]): OwnerReference[] {
  return services.map(({ metadata }) => ({
    apiVersion: apiVersionOf(RESOURCES.ECSService),
    kind: RESOURCES.ECSService.kind,
    name: metadata.name ?? "",
    uid: metadata.uid ?? "",
  }));
}

function delayOf({ service, settings }: TrafficState): number {
  const said = service.metadata.annotations?.[ANNOTATIONS.deregistrationDelay];
  return said !== undefined && /^\d{1,4}$/.test(said) ? Number(said) : settings.deregistrationDelaySeconds;
}
