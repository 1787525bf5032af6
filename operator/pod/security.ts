import { parseSecurityOptions } from "#lib/ecs/security-options.ts";
import { parseUser } from "#lib/ecs/container-user.ts";
import type { NamedContainer } from "./input.ts";
import type { Capabilities, PodSecurityContext, SecurityContext, Sysctl } from "./kubernetes-types.ts";

/** A container's user, privileges and capabilities; undefined where it asks for nothing special. */
export function securityContextOf(container: NamedContainer): SecurityContext | undefined {
  const { user, privileged, readonlyRootFilesystem, dockerSecurityOptions = [], linuxParameters } = container;
  const ids = user === undefined ? undefined : parseUser(user);
  const context: SecurityContext = {
    ...(ids && { runAsUser: ids.uid }),
    ...(ids?.gid !== undefined && { runAsGroup: ids.gid }),
    ...(privileged === true && { privileged: true }),
    ...(readonlyRootFilesystem === true && { readOnlyRootFilesystem: true }),
    ...securityOptionsOf(dockerSecurityOptions),
    ...capabilitiesOf(linuxParameters?.capabilities),
  };
  return Object.keys(context).length === 0 ? undefined : context;
}

function securityOptionsOf(options: readonly string[]): SecurityContext {
  const { noNewPrivileges, appArmor, labels } = parseSecurityOptions(options) ?? { noNewPrivileges: false, labels: {} };
  return {
    ...(noNewPrivileges && { allowPrivilegeEscalation: false }),
    ...(appArmor !== undefined && { appArmorProfile: appArmorProfile(appArmor) }),
    ...(Object.keys(labels).length > 0 && { seLinuxOptions: labels }),
  };
}

/** `docker-default` is Docker's name of the profile that a container has anyway. */
function appArmorProfile(name: string): NonNullable<SecurityContext["appArmorProfile"]> {
  if (name === "unconfined") return { type: "Unconfined" };
  return name === "docker-default" ? { type: "RuntimeDefault" } : { type: "Localhost", localhostProfile: name };
}

function capabilitiesOf(given: { add?: string[]; drop?: string[] } = {}): { capabilities?: Capabilities } {
  const { add = [], drop = [] } = given;
  if (add.length + drop.length === 0) return {};
  return { capabilities: { ...(add.length > 0 && { add }), ...(drop.length > 0 && { drop }) } };
}

/** Kernel settings belong to the Pod in Kubernetes, as its containers share its namespaces. */
export function podSecurityContextOf(containers: readonly NamedContainer[]): PodSecurityContext | undefined {
  const sysctls = new Map<string, Sysctl>();
  for (const { namespace, value } of containers.flatMap(({ systemControls }) => systemControls ?? [])) {
    if (namespace !== undefined) sysctls.set(namespace, { name: namespace, value: value ?? "" });
  }
  return sysctls.size === 0 ? undefined : { sysctls: [...sysctls.values()] };
}
