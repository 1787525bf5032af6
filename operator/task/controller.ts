import { LRUCache } from "lru-cache";
import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import { applyStatus } from "#lib/kube/apply.ts";
import { controller, type ReconcileOutcome } from "#lib/kube/controller.ts";
import { isAlreadyExists, isNotFound, KubeError } from "#lib/kube/errors.ts";
import { isDeleting, removeFinalizer } from "#lib/kube/finalizers.ts";
import { keyOf, type ObjectRef, type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { ECSTask, ECSTaskDefinition, ECSTaskStatus } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { type Controller, type Deps, INDEX } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { containerRuns } from "./container-run.ts";
import { recordTransition } from "./events.ts";
import { FirstSteps } from "./first-steps.ts";
import { drainEnd } from "./removal-times.ts";
import { healthDeadline, healthGraceEnd } from "./health.ts";
import { launch } from "./launch.ts";
import { findLostNode } from "./lost-node.ts";
import { startDeadline } from "./start-timeout.ts";
import { observeTask, podOfTaskId } from "./observe.ts";
import { PodRemoval } from "./pod-removal.ts";
import { asSeenByTasks } from "../service/as-seen-by-tasks.ts";
import { isServicePod, serviceTask } from "./service-task.ts";
import { OwnWrites } from "./own-writes.ts";
import { hasLostPod, isOfService, podSeen, type TaskState } from "./state.ts";
import { effectiveDefinition, taskStatus } from "./status.ts";
import { RECORD_FINALIZER } from "./task-pod.ts";
import { isUndecided } from "../pod/pool.ts";
import { wakeTasks } from "./triggers.ts";

const CONCURRENCY = 16;
/** Pods that are let go at the same time; of others it is done again, in vain. */
const MOST_PODS = 20_000;

/**
 * ECSTask ↔ Pod: makes the Pod of a task of RunTask, and the ECSTask of a Pod of a service; keeps the task's status,
 * and ends the Pod when the task is to stop.
 */
export function taskController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const reconciler = new TaskReconciler(deps);
  const queue = controller({
    name: "task",
    reconcile: (ref, signal) => reconciler.reconcile(ref, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "task",
    start(signal) {
      wakeTasks(deps, (key) => queue.enqueue(key));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

class TaskReconciler {
  private readonly deps: Deps;
  private readonly removal: PodRemoval;
  private readonly firstSteps = new FirstSteps();
  private readonly written = new OwnWrites();
  /** Uids of Pods that were let go lately: the cache may still show them held. */
  private readonly released = new LRUCache<string, true>({ max: MOST_PODS });

  constructor(deps: Deps) {
    this.deps = deps;
    this.removal = new PodRemoval(deps);
  }

  async reconcile(ref: ObjectRef, signal: AbortSignal): Promise<ReconcileOutcome | void> {
    const task = this.deps.informers.tasks.get(ref.namespace, ref.name);
    if (task === undefined) {
      this.firstSteps.forget(keyOf(ref));
      return this.withoutTask(ref, signal);
    }
    if (this.written.isAheadOf(task)) throw staleCopy();
    if (task.status?.lastStatus === "STOPPED") return this.afterStop(task, signal);
    const seen = await this.started(await this.confirmed(observeTask(task, this.deps), signal), signal);
    if (seen === undefined) return; // a newer version of the task is on its way here
    const { lookAgainInMs, ...finding } = await findLostNode(seen, this.deps, signal);
    const state = { ...seen, ...finding };
    // One moment for the status and for when to look again: a deadline in between would be seen by neither.
    const now = this.deps.now();
    const status = beforeStopped(taskStatus(state, now), state);
    const heldMs = this.firstSteps.heldMs(task, status, now);
    if (heldMs > 0) return { requeueAfterMs: heldMs };
    await this.record(state, status, signal);
    const stopped = { ...state, task: { ...task, status } };
    if (status.lastStatus === "STOPPED") return this.afterStop(stopped.task, signal);
    const waitMs =
      status.desiredStatus === "STOPPED" ? await this.removal.remove(stopped, signal) : untilHealthIsKnown(state, now);
    const waits = [waitMs, lookAgainInMs, untilDrained(state, now)].filter((each) => each !== undefined);
    return { requeueAfterMs: waits.length === 0 ? undefined : Math.min(...waits) };
  }

  /** A Pod of a service gets its record; what is left of a task that is gone is let go. */
  private async withoutTask(ref: ObjectRef, signal: AbortSignal): Promise<void> {
    const pod = podOfTaskId(ref, this.deps);
    if (pod === undefined) return;
    if (!isServicePod(pod)) return this.release(pod, signal);
    // Its record says its capacity provider, and can never change.
    if (isUndecided(pod)) return;
    const { informers, kube } = this.deps;
    const service = informers.services
      .byIndex(INDEX.serviceObject, serviceObjectOf(pod))
      .find(({ metadata }) => metadata.deletionTimestamp === undefined);
    const [taskSet] = informers.taskSets.byIndex(INDEX.deployment, pod.metadata?.labels?.[LABELS.deployment] ?? "");
    const task = serviceTask(pod, service && asSeenByTasks(service, taskSet), definitionOfPod(pod, this.deps));
    if (task === undefined) return;
    try {
      await kube.create<ECSTask>(RESOURCES.ECSTask, task, { fieldManager: FIELD_MANAGER, signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error; // the cache will have it in a moment
    }
  }

  /** A Pod that the cache does not know may be too new for it: before it counts as gone, the API server is asked. */
  private async confirmed(state: TaskState, signal: AbortSignal): Promise<TaskState> {
    const { podName, podUid } = state.task.status ?? {};
    if (!hasLostPod(state) || state.lastPod || podName === undefined) return state;
    const { namespace } = state.task.metadata;
    try {
      const pod = await this.deps.kube.get<Pod>(RESOURCE.pods, { namespace, name: podName }, { signal });
      return pod.metadata?.uid === podUid ? { ...state, pod } : state;
    } catch (error) {
      if (isNotFound(error)) return state;
      throw error;
    }
  }

  /** The state with the task's Pod, which is made where the task is to start and has none. */
  private async started(state: TaskState, signal: AbortSignal): Promise<TaskState | undefined> {
    const { task, pod, definition } = state;
    const toStart =
      pod === undefined &&
      !hasLostPod(state) &&
      !("hindrance" in definition) &&
      !isOfService(state) &&
      task.spec.desiredStatus !== "STOPPED" &&
      !isDeleting(task);
    if (!toStart) return state;
    const launched = await launch(state, this.deps, signal);
    return launched && { ...state, ...launched };
  }

  private async record({ task, pod }: TaskState, status: ECSTaskStatus, signal: AbortSignal): Promise<void> {
    const { kube, recorder } = this.deps;
    const options = { fieldManager: FIELD_MANAGER, signal };
    const written = await applyStatus(kube, RESOURCES.ECSTask, task, status, options);
    if (written) {
      this.written.note(written);
      recordTransition(recorder, task, status);
    }
    // Not with the very first status: the scheduler is about to change the Pod, and the two would collide.
    if (pod && task.status?.podUid !== undefined) await this.release(pod, signal);
  }

  private async release(pod: Pod, signal: AbortSignal): Promise<void> {
    const { uid = "" } = pod.metadata ?? {};
    if (this.released.has(uid)) return;
    const removed = await removeFinalizer(this.deps.kube, RESOURCE.pods, pod, RECORD_FINALIZER, { signal });
    if (removed) this.released.set(uid, true);
  }

  /** Ends what may still be there of a stopped task, and the task itself when its time has come. */
  private async afterStop(task: ECSTask, signal: AbortSignal): Promise<ReconcileOutcome | void> {
    const { kube, config } = this.deps;
    const state = observeTask(task, this.deps);
    if (state.pod) await this.release(state.pod, signal);
    const waitMs = await this.removal.remove(state, signal);
    if (isDeleting(task)) return;
    const stoppedAt = Date.parse(task.status?.stoppedAt ?? "");
    const expiresInMs = stoppedAt + config.stoppedTaskRetentionSeconds * 1000 - this.deps.now().getTime();
    if (expiresInMs > 0) return { requeueAfterMs: Math.min(waitMs ?? Infinity, expiresInMs) };
    // While a service's Pod is there, its task would only be made again.
    if (state.pod && isServicePod(state.pod)) return;
    const { namespace, name = "", uid } = task.metadata;
    await kube.delete(RESOURCES.ECSTask, { namespace, name }, { uid, signal });
  }
}

/** What the API server would answer to a status made of it: again, later and later, until the cache has the newer one. */
function staleCopy(): KubeError {
  return new KubeError({ status: 409, reason: "Conflict", message: "the cache does not have the last write yet" });
}

function untilDrained({ pod }: TaskState, now: Date): number | undefined {
  const waitMs = drainEnd(pod) - now.getTime();
  return waitMs > 0 ? waitMs : undefined;
}

/** Only time, not Kubernetes, tells that a container never became healthy, or took too long for those that wait. */
function untilHealthIsKnown(state: TaskState, now: Date): number | undefined {
  const definition = effectiveDefinition(state);
  if (definition === undefined) return undefined;
  const waits = containerRuns(definition, podSeen(state))
    .flatMap((run) => [healthDeadline(run), startDeadline(run)])
    .filter((deadline) => deadline !== undefined)
    .concat(healthGraceEnd(state))
    .map((deadline) => deadline - now.getTime())
    .filter((waitMs) => waitMs > 0 && waitMs < Infinity);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/**
 * A task of RunTask that has ended is seen DEPROVISIONING before it is STOPPED: the change of its status brings it back
 * here. Of a service's tasks only what lasts is written.
 */
function beforeStopped(status: ECSTaskStatus, state: TaskState): ECSTaskStatus {
  const isOver = status.lastStatus === "STOPPED";
  if (!isOver || isOfService(state) || state.task.status?.lastStatus === "DEPROVISIONING") return status;
  const { stoppedAt: _, ...others } = status;
  return { ...others, lastStatus: "DEPROVISIONING" };
}

function definitionOfPod({ metadata }: Pod, { informers }: Deps): ECSTaskDefinition | undefined {
  const { family = "", revision } =
    parseTaskDefinition(metadata?.annotations?.[ANNOTATIONS.taskDefinitionArn] ?? "") ?? {};
  return informers.taskDefinitions.byIndex(INDEX.family, family).find((each) => revisionOf(each) === revision);
}

function serviceObjectOf({ metadata }: Pod): string {
  return `${metadata?.namespace ?? ""}/${metadata?.labels?.[LABELS.serviceObject] ?? ""}`;
}
