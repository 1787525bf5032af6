import type { HostAlias } from "../pod/kubernetes-types.ts";
import type { TrafficState } from "./state.ts";

/**
 * Names of the Service Connect namespace for /etc/hosts, where ECS puts them, too: those with dots, and those of
 * other Kubernetes namespaces. The rest is found by the cluster's DNS.
 */
export function hostsOf({ service, peers }: Pick<TrafficState, "service" | "peers">): HostAlias[] {
  const byAddress = new Map<string, Set<string>>();
  for (const { dnsName, ip, namespace } of peers) {
    if (!dnsName.includes(".") && namespace === service.metadata.namespace) continue;
    byAddress.set(ip, (byAddress.get(ip) ?? new Set()).add(dnsName));
  }
  return mergeHosts([...byAddress].map(([ip, names]) => ({ ip, hostnames: [...names] })));
}

/** Host aliases with one entry for each address, in the order of the addresses. */
export function mergeHosts(aliases: readonly HostAlias[]): HostAlias[] {
  const byAddress = new Map<string, string[]>();
  for (const { ip, hostnames = [] } of aliases) {
    byAddress.set(ip, [...new Set([...(byAddress.get(ip) ?? []), ...hostnames])]);
  }
  return [...byAddress]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ip, hostnames]) => ({ ip, hostnames: hostnames.sort() }));
}
