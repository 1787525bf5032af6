import type { Identity } from "#lib/ecs/arns.ts";
import { scheduleArn } from "#lib/ecs/describe/schedule.ts";
import { DEFAULT_EVENT_AGE_SECONDS, DEFAULT_RETRY_ATTEMPTS } from "#lib/ecs/schedule/ecs-parameters.ts";
import { isEnabled } from "#lib/ecs/schedule/timing.ts";
import { type Progress, setConditions } from "#lib/kube/conditions.ts";
import type {
  ECSSchedule,
  ECSScheduleStatus,
  ScheduleFailure,
  ScheduleTarget,
} from "#model/generated/resources.generated.ts";
import type { Plan } from "./plan.ts";

/** Failed starts that are remembered; more would make the resource grow while nothing works. */
const FAILURES_MAX = 20;
const RETRY = { baseMs: 1_000, maxMs: 300_000 };

/** What became of a look at a schedule. */
export interface Outcome {
  /** The moment that was just seen to, in milliseconds since 1970. */
  readonly seenToMs?: number | undefined;
  readonly failures: readonly ScheduleFailure[];
}

/** The status of a schedule that can work. */
export function scheduleStatus(
  schedule: ECSSchedule,
  plan: Plan,
  { seenToMs, failures }: Outcome,
  { identity, now }: { identity: Identity; now: Date },
): ECSScheduleStatus {
  const { status: before } = schedule;
  const last = seenToMs === undefined ? before?.lastScheduleTime : iso(seenToMs);
  return {
    arn: scheduleArn(schedule, identity),
    since: iso(plan.sinceMs),
    timing: plan.timing,
    ...(last !== undefined && { lastScheduleTime: last }),
    ...(plan.nextMs !== undefined && { nextScheduleTime: iso(plan.nextMs) }),
    ...(failures.length > 0 && { failures: failures.slice(-FAILURES_MAX) }),
    ...conditionsOf(schedule, progressOf(schedule, plan, failures), now),
  };
}

/**
 * The status of a schedule that cannot work as it is written: what it has done before stays told. Its timing does not:
 * once it can work, moments count from then.
 */
export function stalledStatus(
  schedule: ECSSchedule,
  stalled: { reason: string; message: string },
  now: Date,
): ECSScheduleStatus {
  const { nextScheduleTime: _, ...before } = schedule.status ?? {};
  return { ...before, timing: "", ...conditionsOf(schedule, { stalled }, now) };
}

function conditionsOf({ metadata, status }: ECSSchedule, progress: Progress, now: Date) {
  const { generation } = metadata;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(status?.conditions, progress, generation, now),
  };
}

function progressOf(schedule: ECSSchedule, { nextMs }: Plan, failures: readonly ScheduleFailure[]): Progress {
  const latest = failures.at(-1);
  if (latest) return { reconciling: { reason: "StartFailed", message: latest.message } };
  if (!isEnabled(schedule)) return { ready: { reason: "Disabled", message: "The schedule is disabled." } };
  if (nextMs === undefined) return { ready: { reason: "Completed", message: "There is no moment left." } };
  return { ready: { reason: "Waiting", message: `The next moment is ${iso(nextMs)}.` } };
}

/**
 * The record of a start that failed, or undefined when the target's retry policy lets it end there.
 * @param attempts how often it has been tried, this time included
 */
export function failureOf(
  target: ScheduleTarget,
  momentMs: number,
  attempts: number,
  { message, now }: { message: string; now: Date },
): ScheduleFailure | undefined {
  const { maximumEventAgeInSeconds = DEFAULT_EVENT_AGE_SECONDS, maximumRetryAttempts = DEFAULT_RETRY_ATTEMPTS } =
    target.retryPolicy ?? {};
  const again = now.getTime() + Math.min(RETRY.maxMs, RETRY.baseMs * 2 ** Math.min(attempts - 1, 30));
  if (attempts > maximumRetryAttempts || again > momentMs + maximumEventAgeInSeconds * 1000) return undefined;
  return { targetId: target.id, scheduledTime: iso(momentMs), attempts, nextAttemptAt: iso(again), message };
}

const iso = (ms: number): string => new Date(ms).toISOString();
