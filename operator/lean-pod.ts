import type { Pod } from "#lib/kube/resources.ts";

type Spec = NonNullable<Pod["spec"]>;
type Container = Spec["containers"][number];

/**
 * A Pod as the operator keeps thousands of them: without those parts of its spec that were made of a task definition and
 * are read from there. What a reconciler has to read of a running Pod must not be in this list.
 */
const UNREAD_OF_SPEC: readonly (keyof Spec)[] = ["affinity", "securityContext", "topologySpreadConstraints", "volumes"];
const UNREAD_OF_CONTAINER: readonly (keyof Container)[] = [
  "args",
  "command",
  "env",
  "envFrom",
  "livenessProbe",
  "readinessProbe",
  "securityContext",
  "startupProbe",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "volumeMounts",
];

/** @param pod just parsed, and ours alone: it is changed */
export function leanPod(pod: Pod): Pod {
  const { spec } = pod;
  if (spec === undefined) return pod;
  for (const member of UNREAD_OF_SPEC) delete spec[member];
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const member of UNREAD_OF_CONTAINER) delete container[member];
  }
  return pod;
}
