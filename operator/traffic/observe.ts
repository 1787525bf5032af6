import type { Config } from "#lib/config.ts";
import { clusterNameOfResource } from "#lib/ecs/cluster-of.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import { deploymentDigits } from "#lib/ecs/service-deployment.ts";
import { discoveryId, isConnected } from "#lib/ecs/traffic/discovery.ts";
import { dnsServiceName } from "#lib/ecs/traffic/names.ts";
import { connectEndpoints } from "#lib/ecs/traffic/service-connect.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import type { Deployment, Pod } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { servicesOfGroups } from "./shared-names.ts";
import { resolveTaskDefinition } from "../service/resolve.ts";
import type { ResolvedTaskDefinition } from "../service/state.ts";
import {
  type FoundRegistry,
  type Peer,
  type TrafficProblem,
  type TrafficSettings,
  type TrafficState,
} from "./state.ts";

type Caches = Pick<Deps, "informers" | "identity" | "config">;

/** A service with what is known about where it belongs. */
export interface TrafficSubject {
  readonly service: ECSService;
  readonly found: ResolvedTaskDefinition;
  /** ECS name of its cluster, and how that of another service is found. */
  readonly clusterNameOf: (service: ECSService) => string;
  readonly deployment: Deployment | undefined;
  readonly pods: readonly Pod[];
}

/** How one service is to get traffic, from the caches' indexes. */
export function observeTraffic(subject: TrafficSubject, deps: Caches): TrafficState {
  const { service, found, deployment } = subject;
  const namespace = connectNamespaceOf(service, subject.clusterNameOf, deps);
  const registries = registriesOf(service, deps);
  const begun = deployment !== undefined && hasBegun(deployment, service, found.arn);
  return {
    service,
    definition: found.resource.spec,
    settings: settingsOf(deps.config),
    registries: registries.filter((each) => "dnsName" in each),
    unresolved: registries.find((each) => "reason" in each) ?? namespace.problem,
    namespace: namespace.name,
    sharers: sharersOf(service, deps),
    podPortNames: subject.pods.filter((pod) => !isDeleting(pod)).map(portNamesOf),
    // Only a deployment that begins asks for them; those of one that has begun stay.
    peers: begun || namespace.name === undefined ? [] : peersOf(subject, namespace.name, deps).known,
  };
}

function portNamesOf({ spec }: Pod): ReadonlySet<string> {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return new Set(containers.flatMap(({ ports = [] }) => ports.flatMap(({ name }) => name ?? [])));
}

/** Whether other services of the namespace have just been made, whose addresses are not known yet. */
export function awaitsPeers(subject: Omit<TrafficSubject, "pods">, deps: Caches & Pick<Deps, "now">): boolean {
  const { service, found, deployment, clusterNameOf } = subject;
  const { name } = connectNamespaceOf(service, clusterNameOf, deps);
  if (name === undefined || (deployment && hasBegun(deployment, service, found.arn))) return false;
  const since = deps.now().getTime() - PEERS_WAIT_MS;
  return peersOf(subject, name, deps).unknown.some(
    ({ metadata }) => Date.parse(metadata.creationTimestamp ?? "") > since,
  );
}

/** How long a service waits for the addresses of others that were made at the same time. */
const PEERS_WAIT_MS = 15_000;

/** Whether the Deployment's Pods are those of the deployment that is wanted now. */
export function hasBegun(deployment: Deployment, service: ECSService, taskDefinitionArn: string): boolean {
  const { labels } = deployment.spec?.template.metadata ?? {};
  return labels?.[LABELS.deployment] === deploymentDigits(service, taskDefinitionArn);
}

function settingsOf(config: Config): TrafficSettings {
  return {
    deregistrationDelaySeconds: config.deregistrationDelaySeconds,
    exposure: config.targetGroupExposure,
    domain: config.targetGroupDomain,
    ingressClass: config.ingressClass,
    gateway: config.gateway,
  };
}

/** Name of the Service Connect namespace of a service: its own, else its cluster's default. */
export function connectNamespaceOf(
  service: ECSService,
  clusterNameOf: (service: ECSService) => string,
  { informers }: Pick<Deps, "informers">,
): { name?: string; problem?: TrafficProblem } {
  const configuration = service.spec.serviceConnectConfiguration;
  if (!isConnected(configuration)) return {};
  const wanted = clusterNameOf(service);
  const cluster = informers.clusters
    .byIndex(INDEX.clusterName, wanted)
    .find((each) => clusterNameOfResource(each) === wanted);
  const reference = configuration.namespace ?? cluster?.spec.serviceConnectDefaults?.namespace;
  if (reference === undefined || !reference.startsWith("arn:"))
    return reference === undefined ? {} : { name: reference };
  const id = discoveryId("namespace", reference);
  const found = id === undefined ? undefined : informers.discoveryNamespaces.get(undefined, id);
  if (found) return { name: found.spec.name };
  return { problem: { reason: "NamespaceNotFound", message: `There is no Cloud Map namespace ${reference}.` } };
}

function registriesOf(service: ECSService, { informers }: Caches): (FoundRegistry | TrafficProblem)[] {
  return (service.spec.serviceRegistries ?? []).map((registry) => {
    const id = discoveryId("service", registry.registryArn ?? "");
    const found = id === undefined ? undefined : informers.discoveryServices.get(undefined, id);
    const namespace = found && informers.discoveryNamespaces.get(undefined, found.spec.namespace);
    if (found === undefined || namespace === undefined) {
      const missing = found ? `namespace ${found.spec.namespace}` : `service ${registry.registryArn ?? ""}`;
      return { reason: "RegistryNotFound", message: `There is no Cloud Map ${missing}.` };
    }
    const dnsName = `${found.spec.name}.${namespace.spec.name}`.toLowerCase();
    return { registry, dnsName };
  });
}

/** Those that stand behind what a service stands behind, itself included, oldest first. */
function sharersOf(service: ECSService, { informers }: Caches): Map<string, ECSService[]> {
  const { spec, metadata } = service;
  const { namespace = "" } = metadata;
  /** A service stands behind what its task sets stand behind. */
  const withItself = (found: readonly ECSService[]): ECSService[] =>
    found.some((each) => each.metadata.uid === metadata.uid) ? [...found] : [...found, service];
  const groups = servicesOfGroups(spec);
  const arns = (spec.serviceRegistries ?? []).flatMap(({ registryArn }) => registryArn ?? []);
  const keys = [...groups.map((name) => [name, `${namespace}/${name}`]), ...arns.map((arn) => [arn, arn])];
  return new Map(
    keys.map(([name = "", key = ""]) => [
      name,
      withItself(informers.services.byIndex(INDEX.traffic, key))
        .filter((each) => !isDeleting(each))
        .sort((a, b) => ageOf(a).localeCompare(ageOf(b))),
    ]),
  );
}

const ageOf = ({ metadata }: ECSService): string =>
  `${metadata.creationTimestamp ?? "9"} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;

function peersOf(
  { service, clusterNameOf }: Pick<TrafficSubject, "service" | "clusterNameOf">,
  namespace: string,
  deps: Caches,
): { known: Peer[]; unknown: ECSService[] } {
  const known: Peer[] = [];
  const unknown: ECSService[] = [];
  for (const peer of deps.informers.services.byIndex(INDEX.connected, "yes")) {
    if (isDeleting(peer) || peer.metadata.uid === service.metadata.uid) continue;
    if (connectNamespaceOf(peer, clusterNameOf, deps).name !== namespace) continue;
    const dnsNames = new Set(endpointsOf(peer, namespace, deps).map(({ dnsName }) => dnsName));
    for (const dnsName of dnsNames) {
      const ip = addressOf(peer, dnsName, deps);
      if (ip === undefined) unknown.push(peer);
      else known.push({ dnsName, ip, namespace: peer.metadata.namespace ?? "" });
    }
  }
  return { known, unknown };
}

function endpointsOf({ spec, status }: ECSService, namespace: string, { informers, identity }: Caches) {
  const resolution = resolveTaskDefinition(
    { reference: spec.taskDefinition, inUse: status?.taskDefinition },
    (family) => informers.taskDefinitions.byIndex(INDEX.family, family),
    identity,
  );
  if ("problem" in resolution) return [];
  const { containerDefinitions } = resolution.found.resource.spec;
  return connectEndpoints(spec.serviceConnectConfiguration, namespace, containerDefinitions);
}

function addressOf(peer: ECSService, dnsName: string, { informers }: Caches): string | undefined {
  const found = informers.kubeServices.get(peer.metadata.namespace, dnsServiceName(dnsName));
  return found && isControlledBy(found, peer) ? found.spec?.clusterIP : undefined;
}
