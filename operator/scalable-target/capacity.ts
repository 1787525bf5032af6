import { capacitiesInForce, registrationHash } from "#lib/ecs/scaling/registration.ts";
import { nextMoment, parseExpression, type Timing } from "#lib/ecs/schedule/expression.ts";
import { contentHash } from "#lib/kube/apply.ts";
import type { ECSScalableTarget, ScalingSchedule } from "#model/generated/resources.generated.ts";

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The capacities in force, and how far scheduled actions have come. Times are milliseconds since 1970. */
export interface Capacity extends Bounds {
  /** Name of the scheduled action that just changed them. */
  readonly action?: string;
  /** Hashes of the spec's capacities, and of its actions, from which this follows. */
  readonly specHash: string;
  readonly actionsHash: string;
  /** Since when the scheduled actions are as they are: moments before do not count. */
  readonly sinceMs: number;
  /** The last moment of an action that was seen to. */
  readonly seenMs?: number;
  readonly nextMs?: number;
}

/**
 * The capacities in force now: those of the spec until a scheduled action changes them, and those of the spec again
 * once they are registered anew.
 * @throws ScheduleExpressionError
 */
export function capacityOf(target: ECSScalableTarget, now: Date): Capacity {
  const { spec } = target;
  // One that says when it was made counts from then, and does not touch the others.
  const undated = (spec.scheduledActions ?? []).filter(({ createdAt }) => createdAt === undefined);
  const actionsHash = contentHash([undated, isSuspended(target)]);
  const sinceMs = sinceOf(target, actionsHash, now.getTime());
  const { passed, seenMs, nextMs } = momentsOf(target, sinceMs, now.getTime());
  const action = passed.at(-1)?.scheduledActionName;
  return {
    ...passed.reduce(changedBy, capacitiesInForce(target) ?? { min: spec.minCapacity, max: spec.maxCapacity }),
    specHash: registrationHash(target),
    actionsHash,
    sinceMs,
    ...(action !== undefined && { action }),
    ...(seenMs !== undefined && { seenMs }),
    ...(nextMs !== undefined && { nextMs }),
  };
}

const isSuspended = ({ spec }: ECSScalableTarget): boolean => spec.suspendedState?.scheduledScalingSuspended === true;

function sinceOf({ status, metadata }: ECSScalableTarget, actionsHash: string, nowMs: number): number {
  if (status?.actions === actionsHash && status.since !== undefined) return Date.parse(status.since);
  const created = Date.parse(metadata.creationTimestamp ?? "");
  return status?.actions === undefined && !Number.isNaN(created) ? created : nowMs;
}

/** The actions whose moments have come, in their order: of each its last moment counts, for it sets and does not add. */
function momentsOf(target: ECSScalableTarget, sinceMs: number, nowMs: number) {
  const actions = isSuspended(target) ? [] : (target.spec.scheduledActions ?? []);
  const seen = Date.parse(target.status?.lastScheduleTime ?? "") || undefined;
  const after = Math.max(seen ?? 0, sinceMs - 1);
  const timed = actions.map((action) => ({ action, timing: timingOf(action, target) }));
  const passed = timed
    .flatMap(({ action, timing }) => {
      const made = Date.parse(action.createdAt ?? "") || 0;
      const moment = lastMoment(timing, Math.max(after, made - 1), nowMs);
      return moment === undefined ? [] : [{ action, moment }];
    })
    .sort((a, b) => a.moment - b.moment);
  const next = timed.map(({ timing }) => nextMoment(timing, nowMs)).filter((moment) => moment !== undefined);
  return {
    passed: passed.map(({ action }) => action),
    seenMs: passed.at(-1)?.moment ?? seen,
    nextMs: next.length === 0 ? undefined : Math.min(...next),
  };
}

function timingOf(action: ScalingSchedule, { metadata }: ECSScalableTarget): Timing {
  const { schedule, timezone = "UTC", startTime, endTime, createdAt } = action;
  return {
    expression: parseExpression(schedule),
    timezone,
    startMs: startTime === undefined ? undefined : Date.parse(startTime),
    endMs: endTime === undefined ? undefined : Date.parse(endTime),
    sinceMs: Date.parse(createdAt ?? metadata.creationTimestamp ?? "") || 0,
    atOnce: false,
  };
}

function lastMoment(timing: Timing, afterMs: number, untilMs: number): number | undefined {
  let last: number | undefined;
  let moment = nextMoment(timing, afterMs);
  while (moment !== undefined && moment <= untilMs) {
    last = moment;
    moment = nextMoment(timing, moment);
  }
  return last;
}

/** A bound that passes the other takes it along. */
function changedBy(bounds: Bounds, { scalableTargetAction: { minCapacity, maxCapacity } }: ScalingSchedule): Bounds {
  const { min = bounds.min, max = bounds.max } = {
    ...(minCapacity !== undefined && { min: minCapacity }),
    ...(maxCapacity !== undefined && { max: maxCapacity }),
  };
  if (min <= max) return { min, max };
  return minCapacity === undefined ? { min: max, max } : { min, max: min };
}
