import type { ContainerDefinition, RegisterTaskDefinitionRequest } from "#model/generated/types.generated.ts";
import { hasShellWrapper } from "./shell-wrapper.ts";
import type { UnsupportedMember } from "./member-support.ts";

type Definition = Omit<RegisterTaskDefinitionRequest, "tags">;

const MAX_NAME_SERVERS = 3;
const MAX_SEARCH_DOMAINS = 32;

/**
 * What ECS lets the containers of one task have and a Pod does not, because its containers share more or because
 * Kubernetes refuses the combination.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export function unsupportedInOnePod(definition: Definition): UnsupportedMember[] {
  const { containerDefinitions: containers } = definition;
  return [
    ...tooMany(containers, "dnsServers", MAX_NAME_SERVERS),
    ...tooMany(containers, "dnsSearchDomains", MAX_SEARCH_DOMAINS),
    ...sysctlProblems(definition),
    ...containers.flatMap(privilegeProblem),
    ...containers.flatMap(wrapperProblems),
  ];
}

function tooMany(
  containers: readonly ContainerDefinition[],
  member: "dnsServers" | "dnsSearchDomains",
  max: number,
): UnsupportedMember[] {
  const count = new Set(containers.flatMap((container) => container[member] ?? [])).size;
  const why = `containers of one task share them, and a Pod can have at most ${max}; these are ${count}`;
  return count > max ? [{ path: `containerDefinitions[].${member}`, why }] : [];
}

function sysctlProblems({ containerDefinitions, networkMode, ipcMode }: Definition): UnsupportedMember[] {
  const values = new Map<string, string>();
  return containerDefinitions.flatMap(({ systemControls = [] }, index) =>
    systemControls.flatMap(({ namespace = "", value = "" }): UnsupportedMember[] => {
      const path = `containerDefinitions[${index}].systemControls`;
      if (networkMode === "host" && namespace.startsWith("net.")) {
        return [{ path, why: `${namespace} cannot be set in networkMode host: it would be the node's` }];
      }
      if (ipcMode === "host" && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(namespace)) {
        return [{ path, why: `${namespace} cannot be set in ipcMode host: it would be the node's` }];
      }
      const other = values.get(namespace);
      values.set(namespace, value);
      return other === undefined || other === value
        ? []
        : [{ path, why: `${namespace} has different values, and containers of one task share it` }];
    }),
  );
}

/** What only the image's shell can do, which has to know for that what it is to run. */
function wrapperProblems(container: ContainerDefinition, index: number): UnsupportedMember[] {
  if (hasShellWrapper(container)) return [];
  const why =
    "Kubernetes does not limit processes: the image's shell does, if entryPoint says what it is to run. Give entryPoint besides command";
  return container.ulimits?.length ? [{ path: `containerDefinitions[${index}].ulimits`, why }] : [];
}

function privilegeProblem(container: ContainerDefinition, index: number): UnsupportedMember[] {
  const { privileged, dockerSecurityOptions = [], linuxParameters } = container;
  if (!dockerSecurityOptions.some((option) => option.startsWith("no-new-privileges"))) return [];
  const gains = privileged === true || linuxParameters?.capabilities?.add?.includes("SYS_ADMIN") === true;
  const why = "no-new-privileges does not go with privileged or the capability SYS_ADMIN, which Kubernetes refuses";
  return gains ? [{ path: `containerDefinitions[${index}].dockerSecurityOptions`, why }] : [];
}
