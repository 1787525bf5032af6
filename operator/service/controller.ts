import { SERVICE_FINALIZER } from "#lib/ecs/labels.ts";
import { applyStatus } from "#lib/kube/apply.ts";
import { controller, type ReconcileOutcome, WaitError } from "#lib/kube/controller.ts";
import { addFinalizer, hasFinalizer, isDeleting } from "#lib/kube/finalizers.ts";
import { keyOf, type ObjectRef, refOf } from "#lib/kube/resources.ts";
import type { ECSService, ECSServiceStatus, ECSTask } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Controller, Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { applyDesired, removesTasks } from "./apply.ts";
import { considered } from "./considered.ts";
import { assignProviders } from "./assign-providers.ts";
import { markPods } from "./deletion-cost.ts";
import { drainService } from "./drain.ts";
import { stopDrained } from "./stop-drained.ts";
import { type Desired, desiredService } from "./desired.ts";
import type { NewEvent } from "./events.ts";
import { freshPods } from "./fresh-pods.ts";
import { freshTasks } from "./fresh-tasks.ts";
import { serviceImages } from "./images.ts";
import { hasOwnTaskSets } from "./initial-task-set.ts";
import { observeService, ofObject, podsOf, trafficOfTaskSet } from "./observe.ts";
import { PacedWrites } from "./paced-writes.ts";
import { openRecord, recordDeployments, recordRevision } from "./record.ts";
import type { Problem } from "./problem.ts";
import type { ServiceState } from "./state.ts";
import { serviceStatus } from "./status.ts";
import { HookCaller } from "../hook/caller.ts";
import { callHooks } from "./call-hooks.ts";
import { directed, type Shift } from "../traffic/direct.ts";
import { labelShare, shareOut } from "../traffic/shares.ts";
import { applyTraffic } from "../traffic/apply.ts";
import { trafficOfTaskSets } from "../traffic/of-task-sets.ts";
import { awaitsPeers } from "../traffic/observe.ts";
import { wakeForTraffic } from "../traffic/triggers.ts";
import { wakeServices } from "./triggers.ts";

const CONCURRENCY = 8;
const WARNINGS: ReadonlySet<string> = new Set([
  "PlacementFailed",
  "TaskStartImpaired",
  "TaskUnhealthy",
  "DeploymentFailed",
]);
/** A look at a draining service even when nothing is heard of its Pods. */
const DRAIN_CHECK_MS = 10_000;
/** Another's object that is in the way may go without our hearing of it. */
const RECHECK_MS = 30_000;
const PEERS_CHECK_MS = 500;

/** ECSService → Deployment or DaemonSet, and its status from the tasks that their Pods are. */
export function serviceController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const hooks = new HookCaller(deps);
  const paced = new PacedWrites();
  const queue = controller({
    name: "service",
    reconcile: (ref, signal) => reconcileService(ref, { ...deps, hooks, paced }, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "service",
    start(signal) {
      wakeServices(deps, (key, afterMs) => queue.enqueue(key, afterMs));
      wakeForTraffic(deps, (key, afterMs) => queue.enqueue(key, afterMs));
      hooks.start(signal, (key) => queue.enqueue(key));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

type ServiceDeps = Deps & { readonly hooks: HookCaller; readonly paced: PacedWrites };

async function reconcileService(
  ref: ObjectRef,
  deps: ServiceDeps,
  signal: AbortSignal,
): Promise<ReconcileOutcome | void> {
  const service = deps.informers.services.get(ref.namespace, ref.name);
  if (service === undefined) return;
  if (isDeleting(service)) return finalizeService(service, deps, signal);
  if (!hasFinalizer(service, SERVICE_FINALIZER)) {
    await addFinalizer(deps.kube, RESOURCES.ECSService, service, SERVICE_FINALIZER, { signal });
    return; // the change that this makes brings it back
  }
  const observed = seen(service, deps);
  const images = await serviceImages(observed, deps, signal);
  const state = await confirmed({ ...observed, images }, deps, signal);
  const desired = desiredService(state, deps.identity);
  await recordRevision(state, deps, signal);
  // Those of task sets are seen to with these.
  const pods = hasOwnTaskSets(state) ? [] : podsOf(service, deps);
  await markPods(deps.kube, state, pods, signal);
  const problem = awaitsRecord(state) ? undefined : await brought(state, desired, deps, signal);
  await assignProviders(state, pods, deps, signal);
  await stopDrained(state, pods, deps.kube, signal);
  const againInMs = await writeStatus(state, desired, problem, { deps, signal });
  const recheck = problem || hasRoutes(state);
  return { requeueAfterMs: recheck ? Math.min(againInMs ?? RECHECK_MS, RECHECK_MS) : againInMs };
}

function seen(service: ECSService, deps: ServiceDeps, fresh?: readonly ECSTask[]): ServiceState {
  const hookAnswers = deps.hooks.answersOf(keyOf(refOf(service)));
  const state = { ...observeService(service, deps, fresh), hookAnswers };
  const { taskSets } = state;
  const traffic = taskSets && trafficOfTaskSets(taskSets.map((each) => trafficOfTaskSet(service, each, deps)));
  return considered({ ...state, ...(traffic && { traffic }) }, deps.identity, deps.now());
}

/** Traffic first, then tasks, then the hooks that are to see both. */
async function brought(
  state: ServiceState,
  desired: Desired,
  deps: ServiceDeps,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const traffic = await bringTraffic(state, desired, deps, signal);
  const problem = (await applyDesired(state, desired, deps, signal)) ?? traffic;
  if (problem === undefined && !("problem" in desired)) callHooks(state, deps.hooks, deps);
  return problem;
}

/** Where traffic is shifted, nothing is done before the status says what the new deployment is to be shifted from. */
function awaitsRecord({ rollout, service }: ServiceState): boolean {
  return rollout?.lifecycle !== undefined && service.status?.rollout?.id !== rollout.id;
}

/**
 * Before tasks are removed their protection is read from the API server: the cache may not know yet what a caller was
 * told who then scales in.
 */
async function confirmed(state: ServiceState, deps: ServiceDeps, signal: AbortSignal): Promise<ServiceState> {
  if (!removesTasks(state, desiredService(state, deps.identity))) return state;
  const { namespace = "", name = "" } = state.service.metadata;
  const service = deps.informers.services.get(namespace, name);
  if (service === undefined) return state;
  const tasks = await freshTasks(state, deps, signal);
  return { ...seen(service, deps, tasks), images: state.images };
}

async function finalizeService(
  service: ECSService,
  deps: ServiceDeps,
  signal: AbortSignal,
): Promise<ReconcileOutcome | void> {
  deps.hooks.keep(keyOf(refOf(service)), new Set());
  if (!hasFinalizer(service, SERVICE_FINALIZER)) return;
  if ((await drainService(service, deps, signal)) === "gone") return;
  const state = observeService(service, deps);
  await writeStatus(state, desiredService(state, deps.identity), undefined, { deps, signal });
  return { requeueAfterMs: DRAIN_CHECK_MS };
}

/** Services come before the Pods, so that the names by which these are found are there when they start. */
async function bringTraffic(
  state: ServiceState,
  desired: Desired,
  deps: Deps,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  const { service, traffic, taskDefinition, deployment } = state;
  if (hasOwnTaskSets(state)) {
    return traffic && !("problem" in traffic) ? applyTraffic(service, traffic, deps, signal) : undefined;
  }
  if ("problem" in desired || "problem" in taskDefinition || traffic === undefined || "problem" in traffic)
    return undefined;
  const shift = shiftOf(state);
  if (shift) await shareTraffic(state, shift, deps, signal);
  const problem = await applyTraffic(service, shift ? directed(traffic, shift) : traffic, deps, signal);
  const subject = { service, found: taskDefinition.found, deployment, clusterNameOf: ofObject(deps) };
  if (awaitsPeers(subject, deps)) throw new WaitError(PEERS_CHECK_MS, "other services' addresses are not known yet");
  return problem;
}

function shiftOf({ rollout, completed }: ServiceState): Shift | undefined {
  if (rollout?.lifecycle === undefined) return undefined;
  const { lifecycle } = rollout;
  const isSource = completed?.revision.spec.deployment === lifecycle.source;
  const before = isSource ? completed?.traffic : undefined;
  return {
    rollout: { ...rollout, lifecycle },
    before: before === undefined || "problem" in before ? undefined : before,
  };
}

/** Between two steps of a shift each Pod that is chosen gets as much as any other. */
async function shareTraffic(
  { service }: ServiceState,
  { rollout }: Shift,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  await shareOut(rollout, {
    seen: podsOf(service, deps),
    fresh: () => freshPods(service, deps, signal),
    label: (pod, value) => labelShare(deps.kube, pod, value, signal),
  });
}

/** Ingresses and HTTPRoutes are not watched. */
function hasRoutes({ traffic }: ServiceState): boolean {
  return traffic !== undefined && !("problem" in traffic) && traffic.routes.length > 0;
}

/** @returns after how many milliseconds time alone changes the status, if it does */
async function writeStatus(
  state: ServiceState,
  desired: Desired,
  problem: Problem | undefined,
  { deps, signal }: { deps: ServiceDeps; signal: AbortSignal },
): Promise<number | undefined> {
  const { kube, identity, paced } = deps;
  const { service } = state;
  const now = deps.now();
  const { status, events, againInMs } = serviceStatus(state, desired, { identity, now, problem });
  const heldMs = paced.heldMs(service, status, events, now);
  if (heldMs > 0) return Math.min(heldMs, againInMs ?? heldMs);
  const record = isDeleting(service) ? undefined : await openRecord(state, status, deps, signal);
  const written = await applyStatus(kube, RESOURCES.ECSService, service, status, {
    fieldManager: FIELD_MANAGER,
    signal,
  });
  if (written) {
    paced.written(service, now);
    tellEvents(service, status, events, deps);
  }
  if (!isDeleting(service)) await recordDeployments(state, status, record, deps, signal);
  return againInMs;
}

function tellEvents(
  service: ECSService,
  status: ECSServiceStatus,
  events: readonly NewEvent[],
  { recorder }: Deps,
): void {
  for (const { reason, message } of events) {
    recorder.event(service, WARNINGS.has(reason) ? "Warning" : "Normal", reason, message);
  }
  const stalled = newlyStalled(service, status);
  if (stalled) recorder.event(service, "Warning", stalled.reason, stalled.message);
}

function newlyStalled(service: ECSService, status: ECSServiceStatus): Problem | undefined {
  const find = (conditions = status.conditions) => conditions?.find(({ type }) => type === "Stalled");
  const after = find();
  const before = find(service.status?.conditions ?? []);
  if (after?.status !== "True") return undefined;
  return before?.status === "True" && before.reason === after.reason ? undefined : after;
}
