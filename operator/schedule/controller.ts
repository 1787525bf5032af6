import { applyStatus } from "#lib/kube/apply.ts";
import { controller, type ReconcileOutcome } from "#lib/kube/controller.ts";
import { isAlreadyExists, KubeError } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type ObjectRef, refOf } from "#lib/kube/resources.ts";
import type { ECSSchedule, ECSScheduleStatus, ECSTask, ScheduleFailure } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Controller, Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { problemOf, resolveTarget } from "./observe.ts";
import { type Plan, planOf } from "./plan.ts";
import { failureOf, type Outcome, scheduleStatus, stalledStatus } from "./status.ts";
import { scheduledTasks, type Start } from "./tasks.ts";
import { wakeSchedules } from "./triggers.ts";

const CONCURRENCY = 4;

/** ECSSchedule → an ECSTask, or several, at each of its moments. */
export function scheduleController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const queue = controller({
    name: "schedule",
    reconcile: (ref, signal) => reconcileSchedule(ref, deps, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "schedule",
    start(signal) {
      wakeSchedules(deps, (key) => queue.enqueue(key));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

async function reconcileSchedule(ref: ObjectRef, deps: Deps, signal: AbortSignal): Promise<ReconcileOutcome | void> {
  const schedule = deps.informers.schedules.get(ref.namespace, ref.name);
  if (schedule === undefined || isDeleting(schedule)) return;
  const problem = problemOf(schedule, deps);
  if (problem) {
    const written = await write(schedule, stalledStatus(schedule, problem, deps.now()), deps, signal);
    if (written) deps.recorder.event(schedule, "Warning", problem.reason, problem.message);
    return;
  }
  const plan = planOf(schedule, deps.now());
  // From when moments count is on record before the first is seen to. The change that this makes brings it back.
  const recorded = schedule.status?.timing === plan.timing;
  const outcome = recorded ? await seeTo(schedule, plan, deps, signal) : { failures: [] };
  const status = scheduleStatus(schedule, plan, outcome, { identity: deps.identity, now: deps.now() });
  await write(schedule, status, deps, signal);
  if (!recorded || outcome.seenToMs !== undefined) return;
  if (isOver(schedule, plan, outcome)) return remove(schedule, deps, signal);
  return { requeueAfterMs: waitMs(plan, outcome, deps.now()) };
}

const pending = ({ status }: ECSSchedule): ScheduleFailure[] => status?.failures ?? [];

/** Starts what is due: the oldest moment, and what failed before and is to be tried again. */
async function seeTo(schedule: ECSSchedule, plan: Plan, deps: Deps, signal: AbortSignal): Promise<Outcome> {
  const { recorder } = deps;
  if (plan.missed > 0 && plan.due.length > 0) {
    recorder.event(schedule, "Warning", "MomentsMissed", `${plan.missed} moments passed that are not made up for.`);
  }
  const failures: ScheduleFailure[] = [];
  for (const failure of pending(schedule)) {
    const again = await retry(schedule, failure, deps, signal);
    if (again) failures.push(again);
  }
  const [momentMs] = plan.due;
  if (momentMs === undefined) return { failures };
  for (const target of schedule.spec.targets ?? []) {
    const failed = await start(schedule, { target, momentMs, attempt: 1 }, deps, signal);
    if (failed) failures.push(failed);
  }
  return { seenToMs: momentMs, failures };
}

async function retry(
  schedule: ECSSchedule,
  failure: ScheduleFailure,
  deps: Deps,
  signal: AbortSignal,
): Promise<ScheduleFailure | undefined> {
  const target = schedule.spec.targets?.find(({ id }) => id === failure.targetId);
  if (target === undefined) return undefined;
  if (Date.parse(failure.nextAttemptAt) > deps.now().getTime()) return failure;
  const momentMs = Date.parse(failure.scheduledTime);
  return start(schedule, { target, momentMs, attempt: failure.attempts + 1 }, deps, signal);
}

/** Makes the tasks of one start; what kept it from that is its record, unless it is not to be tried again. */
async function start(
  schedule: ECSSchedule,
  attempt: Start,
  deps: Deps,
  signal: AbortSignal,
): Promise<ScheduleFailure | undefined> {
  const message = await tryToStart(schedule, attempt, deps, signal);
  if (message === undefined) return undefined;
  const { target, momentMs } = attempt;
  const failure = failureOf(target, momentMs, attempt.attempt, { message, now: deps.now() });
  const moment = new Date(momentMs).toISOString();
  if (failure === undefined) {
    deps.recorder.event(schedule, "Warning", "GaveUp", `Target ${target.id} was not started for ${moment}: ${message}`);
  }
  return failure;
}

/** @returns why the tasks could not be made, undefined when they are there */
async function tryToStart(
  schedule: ECSSchedule,
  attempt: Start,
  deps: Deps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = resolveTarget(schedule, attempt.target, deps);
  if ("problem" in found) return found.problem;
  try {
    for (const task of scheduledTasks(schedule, attempt, found, deps.identity)) await createOnce(task, deps, signal);
    return undefined;
  } catch (error) {
    // The API server away is no fault of the schedule: the whole reconcile is tried again.
    if (!(error instanceof KubeError) || isOutage(error)) throw error;
    return error.message;
  }
}

const isOutage = ({ status }: KubeError): boolean => status === 0 || status === 429 || status >= 500;

async function createOnce(task: ECSTask, { kube }: Deps, signal: AbortSignal): Promise<void> {
  try {
    await kube.create<ECSTask>(RESOURCES.ECSTask, task, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

function isOver({ spec, status }: ECSSchedule, plan: Plan, { failures }: Outcome): boolean {
  const { actionAfterCompletion, state } = spec;
  if (actionAfterCompletion !== "DELETE" || state === "DISABLED") return false;
  return plan.nextMs === undefined && failures.length === 0 && status?.lastScheduleTime !== undefined;
}

async function remove(schedule: ECSSchedule, { kube }: Deps, signal: AbortSignal): Promise<void> {
  const { uid, resourceVersion } = schedule.metadata;
  await kube.delete(RESOURCES.ECSSchedule, refOf(schedule), { uid, resourceVersion, signal });
}

function waitMs({ wakeMs }: Plan, { failures }: Outcome, now: Date): number | undefined {
  const times = [...(wakeMs === undefined ? [] : [wakeMs]), ...failures.map((each) => Date.parse(each.nextAttemptAt))];
  return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - now.getTime());
}

function write(
  schedule: ECSSchedule,
  status: ECSScheduleStatus,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<ECSSchedule | undefined> {
  return applyStatus(kube, RESOURCES.ECSSchedule, schedule, status, { fieldManager: FIELD_MANAGER, signal });
}
