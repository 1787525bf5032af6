import { applyChild, applyStatus, NotOwnedError } from "#lib/kube/apply.ts";
import { controller, type ReconcileOutcome } from "#lib/kube/controller.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type HorizontalPodAutoscaler, type ObjectRef, refOf, RESOURCE } from "#lib/kube/resources.ts";
import type { ECSScalableTarget, ECSScalableTargetStatus, ECSService } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Controller, Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { Problem } from "../service/problem.ts";
import { autoscalerOf } from "./autoscaler.ts";
import { type Capacity, capacityOf } from "./capacity.ts";
import { observeScalableTarget } from "./observe.ts";
import type { ScalableTargetState } from "./state.ts";
import { type Correction, correctionOf, pendingCorrection, scalableTargetStatus, stalledStatus } from "./status.ts";
import { stepping } from "./stepping.ts";
import { wakeScalableTargets } from "./triggers.ts";

const CONCURRENCY = 4;
/** Another's object that is in the way may go without our hearing of it. */
const RECHECK_MS = 30_000;
/** Alarms are looked at after a change of the count, not with it. */
const AT_ONCE_MS = 1000;

/** ECSScalableTarget → HorizontalPodAutoscaler, and the capacities that hold now. */
export function scalableTargetController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const queue = controller({
    name: "scalable-target",
    reconcile: (ref, signal) => reconcileScalableTarget(ref, deps, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "scalable-target",
    start(signal) {
      wakeScalableTargets(deps, (key) => queue.enqueue(key));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

async function reconcileScalableTarget(
  ref: ObjectRef,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileOutcome | void> {
  const target = deps.informers.scalableTargets.get(ref.namespace, ref.name);
  if (target === undefined || isDeleting(target)) return; // the autoscaler goes by its owner reference
  const state = observeScalableTarget(target, deps);
  if (state.problem) return stall(state, state.problem, deps, signal);
  const capacity = capacityOf(target, deps.now());
  const correction = pendingCorrection(state, capacity) ?? correctionOf(state, capacity);
  // What a policy asks for is written down first, and made in the next look: then a restart makes it once.
  const found = correction === undefined ? stepping(state, capacity, deps.now()) : undefined;
  if (correction && state.service) await setDesiredCount(state.service, correction, deps, signal);
  const applied = await applyAutoscaler(state, capacity, deps, signal);
  if ("problem" in applied) return stall(state, applied.problem, deps, signal);
  const status = scalableTargetStatus({ ...state, ...applied }, capacity, { correction, stepping: found }, deps.now());
  const written = await write(state, status, deps, signal);
  if (written && correction) {
    deps.recorder.event(
      target,
      "Normal",
      "SetDesiredCount",
      `Desired count ${correction.desiredCount}: ${correction.cause}`,
    );
  }
  return againAfter(capacity, found?.againInMs ?? (correction ? AT_ONCE_MS : Infinity), deps.now());
}

/** At the next moment of a scheduled action, if the alarms do not ask for a look before. */
function againAfter({ nextMs = Infinity }: Capacity, alarmsInMs: number, now: Date): ReconcileOutcome | undefined {
  const againInMs = Math.min(Math.max(0, nextMs - now.getTime()), alarmsInMs);
  return againInMs === Infinity ? undefined : { requeueAfterMs: againInMs };
}

async function stall(
  state: ScalableTargetState,
  problem: Problem,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileOutcome | void> {
  const written = await write(state, stalledStatus(state, problem, deps.now()), deps, signal);
  if (written) deps.recorder.event(state.target, "Warning", problem.reason, problem.message);
  if (problem.reason === "NotOwned") return { requeueAfterMs: RECHECK_MS };
}

/** Only if the service is still as it was seen: another may have set its count meanwhile. */
async function setDesiredCount(
  service: ECSService,
  { desiredCount }: Correction,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { resourceVersion } = service.metadata;
  const patch = { metadata: { resourceVersion }, spec: { desiredCount } };
  await kube.mergePatch(RESOURCES.ECSService, refOf(service), patch, { fieldManager: FIELD_MANAGER, signal });
}

/** The autoscaler as it then is; none where there is nothing for it to do. */
async function applyAutoscaler(
  { target, autoscaler }: ScalableTargetState,
  capacity: Capacity,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<{ autoscaler?: HorizontalPodAutoscaler } | { problem: Problem }> {
  const desired = autoscalerOf(target, capacity);
  const resource = RESOURCE.horizontalpodautoscalers;
  if (desired === undefined) {
    if (autoscaler) await kube.delete(resource, refOf(autoscaler), { uid: autoscaler.metadata?.uid, signal });
    return {};
  }
  try {
    const { object } = await applyChild(kube, resource, desired, {
      fieldManager: FIELD_MANAGER,
      existing: autoscaler,
      signal,
    });
    return { autoscaler: object };
  } catch (error) {
    if (error instanceof NotOwnedError) return { problem: { reason: "NotOwned", message: error.message } };
    throw error;
  }
}

function write(
  { target }: ScalableTargetState,
  status: ECSScalableTargetStatus,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<ECSScalableTarget | undefined> {
  return applyStatus(kube, RESOURCES.ECSScalableTarget, target, status, { fieldManager: FIELD_MANAGER, signal });
}
