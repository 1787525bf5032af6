import type { SchedulerHandler } from "../operation.ts";
import { requireSchedule } from "../schedule.ts";

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html */
export const getSchedule: SchedulerHandler<"GetSchedule"> = async (input, deps) =>
  (await requireSchedule(deps, input)).doc;
