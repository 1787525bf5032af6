import type { Pod } from "#lib/kube/resources.ts";

const MS = 1000;

/** Epoch milliseconds at which the Pod's deletion was asked for: its timestamp is that of the end of its grace. */
export function removalRequestedAt(pod: Pod | undefined): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod?.metadata ?? {};
  return deletionTimestamp === undefined ? undefined : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * MS;
}

/**
 * Epoch milliseconds until which a Pod that is being removed only goes on without new traffic, before its containers are
 * told to stop. ECS says DEACTIVATING for that time.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
export function drainEnd(pod: Pod | undefined): number {
  const requestedAt = removalRequestedAt(pod);
  const delays = (pod?.spec?.containers ?? []).map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0);
  return requestedAt === undefined ? 0 : requestedAt + Math.max(0, ...delays) * MS;
}
