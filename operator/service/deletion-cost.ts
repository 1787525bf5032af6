import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type Pod, RESOURCE, refOf } from "#lib/kube/resources.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { toLeave } from "./node-drain.ts";
import { protectedTasks } from "./protection.ts";
import { scaleInOrder } from "./scale-in-order.ts";
import type { ServiceState } from "./state.ts";
import { inFullestZones } from "./zone-balance.ts";

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost */
export const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";
const HIGHEST = "2147483647";
const LOWEST = "-2147483647";

/**
 * Makes the Pods of protected tasks the last that a ReplicaSet removes, those on drained nodes the first, and orders
 * others by the capacity provider strategy where it has several providers.
 */
export async function markPods(
  kube: KubeClient,
  state: ServiceState,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<void> {
  const costs = costsOf(state);
  const changes = pods.flatMap((pod) => {
    const wanted = costs.get(taskIdOfPod(pod.metadata?.uid ?? ""));
    return isDeleting(pod) || pod.metadata?.annotations?.[DELETION_COST] === wanted ? [] : [{ pod, wanted }];
  });
  await Promise.all(changes.map(({ pod, wanted }) => mark(kube, pod, wanted, signal)));
}

/** By task; those without are as good as any. */
function costsOf(state: ServiceState): ReadonlyMap<string, string> {
  const order = scaleInOrder(state.tasks, state.service.spec.capacityProviderStrategy ?? []);
  return new Map([
    ...[...order].map(([id, place]) => [id, String(-place)] as const),
    ...inFullestZones(state).map(({ id }) => [id, LOWEST] as const),
    ...toLeave(state).map(({ id }) => [id, LOWEST] as const),
    ...protectedTasks(state).map(({ id }) => [id, HIGHEST] as const),
  ]);
}

async function mark(kube: KubeClient, pod: Pod, cost: string | undefined, signal: AbortSignal): Promise<void> {
  const metadata = { uid: pod.metadata?.uid, annotations: { [DELETION_COST]: cost ?? null } };
  try {
    await kube.mergePatch(RESOURCE.pods, refOf(pod), { metadata }, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error; // another Pod, or none, is not the task's
  }
}
