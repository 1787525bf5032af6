import { checkSchedule, updateSchedule as update } from "../../schedules/schedule-resource.ts";
import type { SchedulerHandler } from "../operation.ts";
import { requireSchedule, scheduleSpec } from "../schedule.ts";

/**
 * Replaces a schedule: what the call does not name gets its default.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html
 */
export const updateSchedule: SchedulerHandler<"UpdateSchedule"> = async (input, deps, call) => {
  const { ref, doc } = await requireSchedule(deps, input);
  const { name: _name, type: _type, ...wanted } = scheduleSpec(input);
  checkSchedule(wanted);
  await update(
    ref,
    ({ spec: { name, type, tags } }) => ({
      ...wanted,
      ...(name !== undefined && { name }),
      ...(type !== undefined && { type }),
      ...(tags && { tags }),
    }),
    deps,
    call,
  );
  return { ScheduleArn: doc.Arn ?? "" };
};
