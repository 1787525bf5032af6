import { contentHash } from "#lib/kube/apply.ts";
import type { ECSSchedule } from "#model/generated/resources.generated.ts";
import { parseExpression, type Timing } from "./expression.ts";

/** Zone of expressions that name none. */
const DEFAULT_ZONE = "UTC";

/** The schedule's name at AWS. */
export function scheduleNameOf({ spec, metadata }: ECSSchedule): string {
  return spec.name ?? metadata.name ?? "";
}

/** Whether the API of EventBridge shows it, as a rule, rather than that of EventBridge Scheduler. */
export const isRule = ({ spec }: ECSSchedule): boolean => spec.type === "RULE";

export const isEnabled = ({ spec }: ECSSchedule): boolean => spec.state !== "DISABLED";

/** Hash of what says when: with another one the past is no longer that of this schedule. */
export function timingHash({ spec }: ECSSchedule): string {
  const { scheduleExpression, scheduleExpressionTimezone, startDate, endDate, state } = spec;
  return contentHash({ scheduleExpression, scheduleExpressionTimezone, startDate, endDate, state });
}

/**
 * When a schedule starts tasks. Without a start a rate of EventBridge Scheduler begins at once, one of a rule after its
 * first interval.
 * @param sinceMs since when it is as it is, in milliseconds since 1970
 * @throws ScheduleExpressionError
 */
export function timingOf(schedule: ECSSchedule, sinceMs: number): Timing {
  const { scheduleExpression, scheduleExpressionTimezone = DEFAULT_ZONE, startDate, endDate } = schedule.spec;
  return {
    expression: parseExpression(scheduleExpression),
    timezone: scheduleExpressionTimezone,
    startMs: startDate === undefined ? undefined : Date.parse(startDate),
    endMs: endDate === undefined ? undefined : Date.parse(endDate),
    sinceMs,
    atOnce: !isRule(schedule),
  };
}
