import { isDeleting } from "#lib/kube/finalizers.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { type DaemonSet, type Pod, RESOURCE, refOf } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import { podsOf } from "./observe.ts";

/**
 * Deletes a DaemonSet from above its Pods, so that nothing is started any more and what runs goes on: the next
 * DaemonSet that selects them takes them on. Pods that wait for room on their node are not waited for.
 */
export async function releaseDaemon(
  service: ECSService,
  daemonSet: DaemonSet | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  if (daemonSet === undefined) {
    const waiting = podsOf(service, deps).filter(({ spec }) => spec?.nodeName === undefined);
    return removeReleased(waiting, deps, signal);
  }
  if (isDeleting(daemonSet)) return;
  const { uid } = daemonSet.metadata ?? {};
  const options = { propagationPolicy: "Orphan" as const, ...(uid !== undefined && { uid }), signal };
  await deps.kube.delete(RESOURCE.daemonsets, refOf(daemonSet), options);
}

/** Deletes those of the Pods from above which the DaemonSet was taken. */
export async function removeReleased(pods: readonly Pod[], { kube }: Deps, signal: AbortSignal): Promise<void> {
  for (const pod of pods.filter((each) => controllerOf(each) === undefined && !isDeleting(each))) {
    const { uid } = pod.metadata ?? {};
    await kube.delete(RESOURCE.pods, refOf(pod), { ...(uid !== undefined && { uid }), signal });
  }
}
