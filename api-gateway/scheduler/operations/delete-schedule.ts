import { deleteSchedule as remove } from "../../schedules/schedule-resource.ts";
import type { SchedulerHandler } from "../operation.ts";
import { requireSchedule } from "../schedule.ts";

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html */
export const deleteSchedule: SchedulerHandler<"DeleteSchedule"> = async (input, deps, call) => {
  const { ref } = await requireSchedule(deps, input);
  const isGone = async (): Promise<boolean> => (await deps.queries.schedule(input.Name))?.ref.uid !== ref.uid;
  await remove(ref, isGone, deps, call);
  return {};
};
