import { shortHash } from "./labels.ts";

/** Room for the suffixes that Deployments and ReplicaSets add within a DNS label of 63. */
export const NAME_MAX = 52;

/**
 * The Kubernetes object name for an ECS name (letters, digits, `-`, `_`, at most 255): itself where it is a DNS
 * label already, else lower-cased and shortened with a hash of the whole, so that `Web` and `web` stay apart.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function resourceName(ecsName: string): string {
  if (ecsName.length <= NAME_MAX && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(ecsName)) return ecsName;
  const safe = ecsName
    .toLowerCase()
    .replace(/[^-a-z0-9]/g, "-")
    .replace(/^-+/, "");
  const head = safe.slice(0, NAME_MAX - 9).replace(/-+$/, "") || "x";
  return `${head}-${shortHash(ecsName)}`;
}

/** Name of the ECSTaskDefinition that RegisterTaskDefinition makes: `web.7` for `web:7` (a family has no dots). */
export function taskDefinitionName(family: string, revision: number): string {
  return `${resourceName(family)}.${revision}`;
}

/** Namespace of a cluster that names none itself. */
export function clusterNamespace(clusterResourceName: string): string {
  return `ecs-${clusterResourceName}`;
}

/** Id of the task that stands for a Pod of a service: the Pod's uid as 32 hex digits, as ECS's ids look. */
export function taskIdOfPod(podUid: string): string {
  return podUid.replaceAll("-", "");
}
