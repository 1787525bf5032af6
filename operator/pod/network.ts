import type { NamedContainer } from "./input.ts";
import type { EffectiveDefinition } from "./overrides.ts";
import type { HostAlias, PodSpec } from "./kubernetes-types.ts";

const LOOPBACK = "127.0.0.1";

/** Network, names and shared namespaces of the Pod; what ECS sets for a container holds for the whole Pod. */
export function networkOf(definition: EffectiveDefinition): Partial<PodSpec> {
  const { networkMode, pidMode, ipcMode, containerDefinitions: containers } = definition;
  const hostname = containers.find((container) => container.hostname)?.hostname;
  const aliases = hostAliases(containers);
  return {
    ...(networkMode === "host" && { hostNetwork: true }),
    ...(pidMode === "host" && { hostPID: true }),
    ...(ipcMode === "host" && { hostIPC: true }),
    ...(sharesProcesses(definition) && { shareProcessNamespace: true }),
    ...(hostname !== undefined && { hostname }),
    ...(aliases.length > 0 && { hostAliases: aliases }),
    ...dnsOf(containers, networkMode === "host"),
  };
}

/** `initProcessEnabled` wants a first process that reaps orphans: the Pod's sandbox does that for shared processes. */
function sharesProcesses({ pidMode, containerDefinitions }: EffectiveDefinition): boolean {
  if (pidMode === "host") return false;
  return pidMode === "task" || containerDefinitions.some((container) => container.linuxParameters?.initProcessEnabled);
}

/** `extraHosts`, and `links`, whose containers are at localhost in a Pod. */
function hostAliases(containers: readonly NamedContainer[]): HostAlias[] {
  const hosts = containers.flatMap((container) => [
    ...(container.links ?? []).flatMap(linkNames).map((hostname) => ({ hostname, ipAddress: LOOPBACK })),
    ...(container.extraHosts ?? []),
  ]);
  const byAddress = new Map<string, Set<string>>();
  for (const { ipAddress, hostname } of hosts) {
    byAddress.set(ipAddress, (byAddress.get(ipAddress) ?? new Set()).add(hostname));
  }
  return [...byAddress].map(([ip, hostnames]) => ({ ip, hostnames: [...hostnames] }));
}

/** `name` or `name:alias`: both resolve, as Docker's links do. */
function linkNames(link: string): string[] {
  return link.split(":").filter((name) => name !== "");
}

function dnsOf(containers: readonly NamedContainer[], onHost: boolean): Pick<PodSpec, "dnsPolicy" | "dnsConfig"> {
  const nameservers = [...new Set(containers.flatMap(({ dnsServers }) => dnsServers ?? []))];
  const searches = [...new Set(containers.flatMap(({ dnsSearchDomains }) => dnsSearchDomains ?? []))];
  const dnsConfig = {
    ...(nameservers.length > 0 && { nameservers }),
    ...(searches.length > 0 && { searches }),
  };
  return {
    ...(nameservers.length > 0 ? { dnsPolicy: "None" } : onHost && { dnsPolicy: "ClusterFirstWithHostNet" }),
    ...(Object.keys(dnsConfig).length > 0 && { dnsConfig }),
  };
}
