import { taskIdOfPod } from "#lib/ecs/names.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type Pod, RESOURCE, refOf } from "#lib/kube/resources.ts";
import { drainPlan } from "./node-drain.ts";
import type { ServiceState } from "./state.ts";

/** Ends the Pods that a drained node loses before others take their place; the Deployment replaces them elsewhere. */
export async function stopDrained(
  state: ServiceState,
  pods: readonly Pod[],
  kube: KubeClient,
  signal: AbortSignal,
): Promise<void> {
  const stop = new Set(drainPlan(state).stop);
  for (const pod of pods) {
    const { uid } = pod.metadata ?? {};
    if (uid === undefined || isDeleting(pod) || !stop.has(taskIdOfPod(uid))) continue;
    try {
      await kube.delete(RESOURCE.pods, refOf(pod), { uid, signal });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error; // it has gone already
    }
  }
}
