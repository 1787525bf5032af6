import type { Pod } from "#lib/kube/resources.ts";

type Spec = NonNullable<Pod["spec"]>;
type Container = Spec["containers"][number];

/**
 * A Pod as the operator keeps thousands of them: without those parts of its spec that were made of a task definition and
 * are read from there. What a reconciler has to read of a running Pod must not be in this list.
 */
const UNREAD_OF_SPEC: ReadonlySet<string> = new Set<keyof Spec>([
  "affinity",
  "securityContext",
  "topologySpreadConstraints",
  "volumes",
]);
const UNREAD_OF_CONTAINER: ReadonlySet<string> = new Set<keyof Container>([
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
]);

export function leanPod(pod: Pod): Pod {
  const { spec } = pod;
  if (spec === undefined) return pod;
  const { containers, initContainers, ...rest } = without(UNREAD_OF_SPEC, spec);
  const lean = (each: Container): Container => without(UNREAD_OF_CONTAINER, each);
  return {
    ...pod,
    spec: {
      ...rest,
      containers: containers.map(lean),
      ...(initContainers !== undefined && { initContainers: initContainers.map(lean) }),
    },
  };
}

/** Made anew: an object of which members are deleted takes more than before. */
function without<T extends object>(members: ReadonlySet<string>, object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([member]) => !members.has(member))) as T;
}
