import { scheduleNameOf } from "#lib/ecs/schedule/timing.ts";
import type { ECSSchedule } from "#model/generated/resources.generated.ts";

/** What tells schedules of one ARN from all others. */
export function arnIndex(schedule: ECSSchedule): string {
  return `${schedule.spec.type ?? "SCHEDULE"} ${scheduleNameOf(schedule)}`;
}
