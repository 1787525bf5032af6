import type {
  ContainerDefinition,
  PortMapping,
  RegisterTaskDefinitionRequest,
} from "#model/generated/types.generated.ts";
import type { Problem } from "./problem.ts";

type Definition = Pick<RegisterTaskDefinitionRequest, "containerDefinitions" | "networkMode">;

/**
 * Rules about ports and names in the task's network mode, and those that follow from a Pod's containers sharing one
 * host name.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#network_mode
 */
export function networkProblems({ containerDefinitions, networkMode }: Definition): Problem[] {
  return [
    ...containerDefinitions.flatMap((container, index) => [
      ...portProblems(container, index, networkMode),
      ...modeProblems(container, index, networkMode),
    ]),
    ...hostPortConflicts(containerDefinitions, networkMode),
    ...hostnameProblems(containerDefinitions),
  ];
}

const usesOwnOrHostNetwork = (mode: string | undefined): boolean => mode === "awsvpc" || mode === "host";

function portProblems({ portMappings = [] }: ContainerDefinition, index: number, mode: string | undefined): Problem[] {
  if (!usesOwnOrHostNetwork(mode)) return [];
  const differing = portMappings.some(
    ({ hostPort, containerPort }) => hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort,
  );
  const message = `When networkMode=${mode}, the host ports and container ports in port mappings must match.`;
  return differing ? [{ path: `containerDefinitions[${index}].portMappings`, message }] : [];
}

function modeProblems(container: ContainerDefinition, index: number, mode: string | undefined): Problem[] {
  const problem = (member: string): Problem => ({
    path: `containerDefinitions[${index}].${member}`,
    message: `The '${member}' parameter is not supported when networkMode=${mode}.`,
  });
  return [
    ...(usesOwnOrHostNetwork(mode) && container.links?.length ? [problem("links")] : []),
    ...(mode === "awsvpc" && container.hostname ? [problem("hostname")] : []),
    ...(mode === "awsvpc" && container.extraHosts?.length ? [problem("extraHosts")] : []),
  ];
}

function hostPortConflicts(containers: readonly ContainerDefinition[], mode: string | undefined): Problem[] {
  const taken = new Set<string>();
  return containers.flatMap(({ portMappings = [] }, index) =>
    portMappings.flatMap((mapping): Problem[] => {
      const port = portOnHost(mapping, mode);
      if (!port) return [];
      const key = `${port}/${mapping.protocol ?? "tcp"}`;
      const conflict = taken.has(key);
      taken.add(key);
      const message = `Host port ${port} is used more than once with protocol ${mapping.protocol ?? "tcp"}.`;
      return conflict ? [{ path: `containerDefinitions[${index}].portMappings`, message }] : [];
    }),
  );
}

/** Port of the host, or of the network that all containers share. */
function portOnHost({ hostPort, containerPort }: PortMapping, mode: string | undefined): number | undefined {
  return usesOwnOrHostNetwork(mode) ? containerPort : hostPort;
}

function hostnameProblems(containers: readonly ContainerDefinition[]): Problem[] {
  const hostnames = new Set(containers.flatMap(({ hostname }) => (hostname ? [hostname] : [])));
  const message = "Containers of one task share their host name: 'hostname' must be the same in all of them.";
  return hostnames.size > 1 ? [{ path: "containerDefinitions", message }] : [];
}
