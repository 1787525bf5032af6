import { applyStatus } from "#lib/kube/apply.ts";
import { controller, type ReconcileOutcome } from "#lib/kube/controller.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { controllerReference, isControlledBy } from "#lib/kube/owners.ts";
import { type ObjectRef, refOf } from "#lib/kube/resources.ts";
import type { ECSTaskSet, ECSTaskSetStatus } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Controller, Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { applyDesired, removesTasks } from "../service/apply.ts";
import { assignProviders } from "../service/assign-providers.ts";
import { markPods } from "../service/deletion-cost.ts";
import { desiredService } from "../service/desired.ts";
import { freshTasks } from "../service/fresh-tasks.ts";
import { serviceImages } from "../service/images.ts";
import { stopDrained } from "../service/stop-drained.ts";
import { observeTaskSet, podsOfTaskSet } from "./observe.ts";
import type { TaskSetState } from "./state.ts";
import { orphanStatus, taskSetStatus } from "./status.ts";
import { wakeTaskSets } from "./triggers.ts";

const CONCURRENCY = 8;
/** Another's object that is in the way may go without our hearing of it. */
const RECHECK_MS = 30_000;

/** ECSTaskSet → Deployment, and its status from the tasks that their Pods are. */
export function taskSetController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const queue = controller({
    name: "task-set",
    reconcile: (ref, signal) => reconcileTaskSet(ref, deps, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "task-set",
    start(signal) {
      wakeTaskSets(deps, (key, afterMs) => queue.enqueue(key, afterMs));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

async function reconcileTaskSet(ref: ObjectRef, deps: Deps, signal: AbortSignal): Promise<ReconcileOutcome | void> {
  const taskSet = deps.informers.taskSets.get(ref.namespace, ref.name);
  if (taskSet === undefined) return;
  const observed = observeTaskSet(taskSet, deps);
  if ("problem" in observed) {
    if (!isDeleting(taskSet)) await write(taskSet, orphanStatus(observed, deps.now()), deps, signal);
    return;
  }
  // Nothing is made any more of what is being deleted: Kubernetes removes it with its Deployment.
  if (isDeleting(taskSet) || isDeleting(observed.service)) return tell(observed, deps, signal);
  if (!isControlledBy(taskSet, observed.service)) return adopt(observed, deps, signal);
  const seen = { ...observed.seen, images: await serviceImages(observed.seen, deps, signal) };
  const state = await confirmed({ ...observed, seen }, deps, signal);
  const desired = desiredService(state.seen, deps.identity);
  const pods = podsOfTaskSet(state, deps);
  await markPods(deps.kube, state.seen, pods, signal);
  const problem = await applyDesired(state.seen, desired, deps, signal);
  await assignProviders(state.seen, pods, deps, signal);
  await stopDrained(state.seen, pods, deps.kube, signal);
  const { status, againInMs } = taskSetStatus(state, desired, { identity: deps.identity, now: deps.now(), problem });
  await write(taskSet, status, deps, signal);
  return { requeueAfterMs: problem ? RECHECK_MS : againInMs };
}

/** A task set goes with its service. Whoever made it, the service is its owner; the change brings it back here. */
async function adopt({ taskSet, service }: TaskSetState, { kube }: Deps, signal: AbortSignal): Promise<void> {
  const { uid, resourceVersion, ownerReferences = [] } = taskSet.metadata;
  const others = ownerReferences.filter(({ controller: controls }) => controls !== true);
  const metadata = {
    uid,
    resourceVersion,
    ownerReferences: [...others, controllerReference(RESOURCES.ECSService, service)],
  };
  await kube.mergePatch(RESOURCES.ECSTaskSet, refOf(taskSet), { metadata }, { fieldManager: FIELD_MANAGER, signal });
}

/** Before tasks are removed their protection is read from the API server, as for services. */
async function confirmed(state: TaskSetState, deps: Deps, signal: AbortSignal): Promise<TaskSetState> {
  if (!removesTasks(state.seen, desiredService(state.seen, deps.identity))) return state;
  const again = observeTaskSet(state.taskSet, deps, await freshTasks(state.seen, deps, signal));
  return "problem" in again ? state : { ...again, seen: { ...again.seen, images: state.seen.images } };
}

async function tell(state: TaskSetState, deps: Deps, signal: AbortSignal): Promise<void> {
  const desired = desiredService(state.seen, deps.identity);
  const { status } = taskSetStatus(state, desired, { identity: deps.identity, now: deps.now() });
  await write(state.taskSet, status, deps, signal);
}

async function write(taskSet: ECSTaskSet, status: ECSTaskSetStatus, deps: Deps, signal: AbortSignal): Promise<void> {
  const options = { fieldManager: FIELD_MANAGER, signal };
  const written = await applyStatus(deps.kube, RESOURCES.ECSTaskSet, taskSet, status, options);
  const find = (conditions = status.conditions) => conditions?.find(({ type }) => type === "Stalled");
  const [after, before] = [find(), find(taskSet.status?.conditions ?? [])];
  if (!written || after?.status !== "True") return;
  if (before?.status === "True" && before.reason === after.reason) return;
  deps.recorder.event(taskSet, "Warning", after.reason, after.message);
}
