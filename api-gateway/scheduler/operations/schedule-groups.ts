import { DEFAULT_GROUP } from "#lib/ecs/describe/schedule.ts";
import { unsupportedFeature } from "#lib/errors.ts";
import type { ScheduleGroupSummary } from "#model/generated/scheduler/types.generated.ts";
import type { Deps } from "../../operation.ts";
import type { SchedulerHandler } from "../operation.ts";
import { checkGroup } from "../schedule.ts";

/** The group that everything is in. */
const defaultGroup = ({ identity }: Pick<Deps, "identity">): ScheduleGroupSummary => ({
  Arn: `arn:aws:scheduler:${identity.region}:${identity.accountId}:schedule-group/${DEFAULT_GROUP}`,
  Name: DEFAULT_GROUP,
  State: "ACTIVE",
});

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html */
export const getScheduleGroup: SchedulerHandler<"GetScheduleGroup"> = ({ Name }, deps) => {
  checkGroup(Name);
  return Promise.resolve(defaultGroup(deps));
};

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html */
export const listScheduleGroups: SchedulerHandler<"ListScheduleGroups"> = ({ NamePrefix = "" }, deps) =>
  Promise.resolve({ ScheduleGroups: [defaultGroup(deps)].filter(() => DEFAULT_GROUP.startsWith(NamePrefix)) });

/** Not offered: there is the default group alone. */
export const createScheduleGroup: SchedulerHandler<"CreateScheduleGroup"> = () => {
  throw unsupportedFeature("KECS does not support CreateScheduleGroup: all schedules are in the group default.");
};

/** The default group cannot be deleted, and there is no other. */
export const deleteScheduleGroup: SchedulerHandler<"DeleteScheduleGroup"> = ({ Name }) => {
  checkGroup(Name);
  throw unsupportedFeature("The default schedule group cannot be deleted.");
};
