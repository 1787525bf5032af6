import { shortHash } from "#lib/ecs/labels.ts";
import { DEFAULT_EVENT_AGE_SECONDS } from "#lib/ecs/schedule/ecs-parameters.ts";
import { nextMoment, type Timing } from "#lib/ecs/schedule/expression.ts";
import { isEnabled, timingHash, timingOf } from "#lib/ecs/schedule/timing.ts";
import type { ECSSchedule } from "#model/generated/resources.generated.ts";

/** Of the moments that passed while nobody looked, so many of the latest are made up for. */
export const CATCH_UP_MAX = 10;

/** What a schedule asks for at some time. Times are milliseconds since 1970. */
export interface Plan {
  /** Since when the schedule is as it is; to be recorded before anything is started. */
  readonly sinceMs: number;
  readonly timing: string;
  /** Moments that are to be seen to now, oldest first. */
  readonly due: readonly number[];
  /** How many moments passed that are too old, or too many, to be made up for. */
  readonly missed: number;
  readonly nextMs?: number;
  /** When to look again for the next moment: later than it in a flexible time window. */
  readonly wakeMs?: number;
}

/**
 * What a schedule asks for now. Moments before the schedule became what it is do not count, nor those that its status
 * says have been seen to.
 * @throws ScheduleExpressionError
 */
export function planOf(schedule: ECSSchedule, now: Date): Plan {
  const { status } = schedule;
  const nowMs = now.getTime();
  const timing = timingHash(schedule);
  const sinceMs = sinceOf(schedule, timing, nowMs);
  if (!isEnabled(schedule)) return { sinceMs, timing, due: [], missed: 0 };
  const when = timingOf(schedule, sinceMs);
  const seenMs = Math.max(Date.parse(status?.lastScheduleTime ?? "") || -Infinity, sinceMs - 1);
  const { passed, next } = momentsUntil(schedule, when, seenMs, nowMs);
  const oldest = nowMs - eventAgeMs(schedule);
  const due = passed.filter((moment) => moment >= oldest).slice(-CATCH_UP_MAX);
  return {
    sinceMs,
    timing,
    due,
    missed: passed.length - due.length,
    ...(next !== undefined && { nextMs: next, wakeMs: startsAt(schedule, next) }),
  };
}

/** Of a new schedule its creation; of one that was changed, now. */
function sinceOf({ status, metadata }: ECSSchedule, timing: string, nowMs: number): number {
  if (status?.timing === timing && status.since !== undefined) return Date.parse(status.since);
  const created = Date.parse(metadata.creationTimestamp ?? "");
  return status?.timing === undefined && !Number.isNaN(created) ? created : nowMs;
}

/** The moments that are to be seen to by now, as far back as may matter, and the first that is not yet. */
function momentsUntil(
  schedule: ECSSchedule,
  when: Timing,
  seenMs: number,
  nowMs: number,
): { passed: number[]; next: number | undefined } {
  const passed: number[] = [];
  let moment = nextMoment(when, Math.max(seenMs, nowMs - 2 * eventAgeMs(schedule)));
  while (moment !== undefined && startsAt(schedule, moment) <= nowMs) {
    passed.push(moment);
    moment = nextMoment(when, moment);
  }
  return { passed, next: moment };
}

/** When the tasks of a moment start: in a flexible time window at a point that the moment itself decides. */
export function startsAt({ spec, metadata }: ECSSchedule, momentMs: number): number {
  const { mode, maximumWindowInMinutes = 0 } = spec.flexibleTimeWindow ?? {};
  if (mode !== "FLEXIBLE" || maximumWindowInMinutes === 0) return momentMs;
  const seconds = Number.parseInt(shortHash(`${metadata.uid ?? ""} ${momentMs}`), 16) % (maximumWindowInMinutes * 60);
  return momentMs + seconds * 1000;
}

/** How late a start of any of the targets may come. */
function eventAgeMs({ spec }: ECSSchedule): number {
  const ages = (spec.targets ?? []).map(
    ({ retryPolicy }) => retryPolicy?.maximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS,
  );
  return Math.max(60, ...ages) * 1000;
}
