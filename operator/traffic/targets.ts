import { targetGroupServiceName, trafficLabel } from "#lib/ecs/traffic/names.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { ECSService, ECSServiceStatus } from "#model/generated/resources.generated.ts";

/** Tasks that are registered with one target group, as a service's status has them. */
export type Targets = NonNullable<ECSServiceStatus["targets"]>[number];

const PREFIX = trafficLabel("");

/** Names of the Kubernetes Services that bring traffic to a Pod: all that it is labelled for, while it is ready. */
export function trafficOfPod(pod: Pod | undefined): string[] {
  const ready = pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
  if (pod === undefined || !ready || isDeleting(pod)) return [];
  return Object.keys(pod.metadata?.labels ?? {}).flatMap((label) =>
    label.startsWith(PREFIX) ? [label.slice(PREFIX.length)] : [],
  );
}

/** The tasks to which production traffic is directed, of a service whose deployments shift it; of others, all. */
export function withProduction<T extends { readonly deployment?: string }>(
  tasks: readonly T[],
  rollout: Rollout | undefined,
): readonly T[] {
  const { production = 100, source } = rollout?.lifecycle ?? {};
  if (rollout?.lifecycle === undefined || source === undefined) return tasks;
  const [left, right] = [production < 100 ? source : undefined, production > 0 ? rollout.deployment : undefined];
  return tasks.filter(({ deployment }) => deployment !== undefined && (deployment === left || deployment === right));
}

/** The tasks of a service that are registered with each of its target groups. */
export function targetsOf(
  { spec }: ECSService,
  tasks: readonly { readonly id: string; readonly traffic?: readonly string[] }[],
): Targets[] {
  const groups = new Map((spec.loadBalancers ?? []).map((each) => [targetGroupServiceName(each), each]));
  return [...groups].map(([name, { targetGroupArn, loadBalancerName = "" }]) => ({
    targetGroup: targetGroupArn ?? loadBalancerName,
    tasks: tasks.filter(({ traffic }) => traffic?.includes(name)).map(({ id }) => id),
  }));
}
