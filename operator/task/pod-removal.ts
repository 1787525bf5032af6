import { LABELS } from "#lib/ecs/labels.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { Deps } from "../deps.ts";
import { CrashThrottle } from "./crash-throttle.ts";
import { isServicePod } from "./service-task.ts";
import type { TaskState } from "./state.ts";

/** Grace of a Pod whose only container has ended: Kubernetes may have restarted it, which nobody asked for. */
const RESTARTED_GRACE_SECONDS = 1;

const FAILURES: ReadonlySet<string | undefined> = new Set(["TaskFailedToStart", "EssentialContainerExited"]);

/** Removes the Pods of tasks that are to stop or have stopped; those of a service that keeps failing, later and later. */
export class PodRemoval {
  private readonly deps: Deps;
  private readonly throttle = new CrashThrottle();
  /** Pod uid → epoch milliseconds before which it stays. */
  private readonly notBefore = new Map<string, number>();

  constructor(deps: Deps) {
    this.deps = deps;
    deps.informers.pods.onChange(({ before, after }) => {
      if (after === undefined) this.notBefore.delete(before?.metadata?.uid ?? "");
    });
  }

  /**
   * Deletes the task's Pod unless it is going already. The Pod of a task of RunTask that has ended by itself stays
   * with its task, for its logs.
   * @returns milliseconds after which to come again, where it is to stay for a while.
   */
  async remove({ pod, task }: TaskState, signal: AbortSignal): Promise<number | undefined> {
    if (pod === undefined || isDeleting(pod)) return undefined;
    const { namespace, name = "", uid } = pod.metadata ?? {};
    if (task.status?.stopCode === "TerminationNotice" && !this.hasNode(pod)) {
      // Nobody is left who could end it in time.
      await this.deps.kube.delete(RESOURCE.pods, { namespace, name }, { uid, signal, gracePeriodSeconds: 0 });
      return undefined;
    }
    if (!isServicePod(pod) && isOver(pod)) return undefined;
    const failed = FAILURES.has(task.status?.stopCode);
    const waitMs = failed && isServicePod(pod) ? this.waitMs(pod) : 0;
    if (waitMs > 0) return waitMs;
    await this.deps.kube.delete(RESOURCE.pods, { namespace, name }, { uid, signal, ...graceOf(pod, failed) });
    return undefined;
  }

  private hasNode({ spec }: Pod): boolean {
    return spec?.nodeName !== undefined && this.deps.informers.nodes.get(undefined, spec.nodeName) !== undefined;
  }

  private waitMs(pod: Pod): number {
    const { uid = "", creationTimestamp = "", namespace = "", labels = {} } = pod.metadata ?? {};
    const now = this.deps.now().getTime();
    const known = this.notBefore.get(uid);
    if (known !== undefined) return known - now;
    const service = `${namespace}/${labels[LABELS.serviceObject] ?? ""}`;
    const delay = this.throttle.failed(service, Date.parse(creationTimestamp), now);
    this.notBefore.set(uid, now + delay);
    return delay;
  }
}

/** Its main containers have all ended, and will not be started again. */
function isOver({ spec, status }: Pod): boolean {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return true;
  const mains = status?.containerStatuses ?? [];
  return (
    spec?.restartPolicy === "Never" && mains.length > 0 && mains.every(({ state }) => state?.terminated !== undefined)
  );
}

function graceOf({ spec }: Pod, failed: boolean): { gracePeriodSeconds?: number } {
  const single = (spec?.containers.length ?? 0) + (spec?.initContainers?.length ?? 0) === 1;
  return failed && single ? { gracePeriodSeconds: RESTARTED_GRACE_SECONDS } : {};
}
