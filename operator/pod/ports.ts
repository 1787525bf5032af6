import type { NetworkMode, PortMapping } from "#model/generated/types.generated.ts";
import type { ContainerPort } from "./kubernetes-types.ts";

/**
 * Ports of a container. Every port of a Pod can be reached at the Pod's address whether it is listed or not; a host
 * port is taken only where the task definition fixes one (`bridge`), or the task uses the host's network (`host`).
 */
export function portsOf(
  mappings: readonly PortMapping[] | undefined,
  networkMode: NetworkMode | undefined,
): ContainerPort[] {
  const ports = new Map<string, ContainerPort>();
  for (const mapping of mappings ?? []) {
    const { containerPort, protocol = "tcp" } = mapping;
    if (containerPort === undefined) continue;
    const key = `${containerPort}/${protocol}/${hostPortOf(mapping, networkMode) ?? ""}`;
    ports.set(key, {
      containerPort,
      protocol: protocol.toUpperCase(),
      ...hostPort(hostPortOf(mapping, networkMode)),
      ...portName(mapping.name),
    });
  }
  return [...ports.values()];
}

function hostPortOf(
  { containerPort, hostPort }: PortMapping,
  networkMode: NetworkMode | undefined,
): number | undefined {
  if (networkMode === "awsvpc") return undefined;
  if (networkMode === "host") return containerPort;
  return hostPort === 0 ? undefined : hostPort;
}

const hostPort = (port: number | undefined): { hostPort?: number } => (port === undefined ? {} : { hostPort: port });

const portName = (name: string | undefined): { name?: string } =>
  name !== undefined && isPortName(name) ? { name } : {};

/** Whether an ECS name, which may be longer, can be the name of a Kubernetes port. */
export function isPortName(name: string): boolean {
  return name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);
}
