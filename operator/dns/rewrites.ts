import { discoveryId } from "#lib/ecs/traffic/discovery.ts";
import { isDnsName, registryServiceName } from "#lib/ecs/traffic/names.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import type {
  ECSDiscoveryNamespace,
  ECSDiscoveryService,
} from "#model/generated/servicediscovery/resources.generated.ts";

/** What names follow from. */
export interface DnsState {
  readonly namespaces: readonly ECSDiscoveryNamespace[];
  readonly discoveryServices: readonly ECSDiscoveryService[];
  /** Those with registries; others say nothing here. */
  readonly services: readonly ECSService[];
  readonly clusterDomain: string;
}

/**
 * Rules by which CoreDNS answers the names of Cloud Map's services as those of the Kubernetes Services that stand for them,
 * addresses and SRV records alike. They follow from resources of the cluster alone: who may write in a namespace only can
 * stand behind a name, but make none.
 * @see https://coredns.io/plugins/rewrite/
 */
export function dnsRewrites({ namespaces, discoveryServices, services, clusterDomain }: DnsState): string {
  const zones = new Map(namespaces.map(({ metadata, spec }) => [metadata.name, spec]));
  const where = namespaceByRegistry(services);
  const rules = discoveryServices.flatMap(({ metadata, spec }) => {
    const zone = zones.get(spec.namespace);
    const namespace = where.get(metadata.name ?? "");
    const name = `${spec.name}.${zone?.name ?? ""}`.toLowerCase();
    if (zone === undefined || zone.type === "HTTP" || namespace === undefined || !isDnsName(name)) return [];
    return `rewrite name exact ${name}. ${registryServiceName(name)}.${namespace}.svc.${clusterDomain}. answer auto\n`;
  });
  return [...new Set(rules)].sort().join("");
}

/** Id of a Cloud Map service → Kubernetes namespace of the oldest ECS service that is registered with it. */
function namespaceByRegistry(services: readonly ECSService[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { metadata, spec } of [...services].sort((a, b) => ageOf(a).localeCompare(ageOf(b)))) {
    for (const { registryArn = "" } of spec.serviceRegistries ?? []) {
      const id = discoveryId("service", registryArn);
      if (id !== undefined && !found.has(id)) found.set(id, metadata.namespace ?? "");
    }
  }
  return found;
}

const ageOf = ({ metadata }: ECSService): string =>
  `${metadata.creationTimestamp ?? "9"} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
