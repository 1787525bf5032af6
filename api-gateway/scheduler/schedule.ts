import { DEFAULT_GROUP } from "#lib/ecs/describe/schedule.ts";
import { scheduleTarget } from "#lib/ecs/schedule/ecs-parameters.ts";
import { EcsError, unsupportedFeature } from "#lib/errors.ts";
import type { ECSScheduleSpec } from "#model/generated/resources.generated.ts";
import type { CreateScheduleInput, GetScheduleOutput } from "#model/generated/scheduler/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";
import { checkTarget } from "../schedules/target-checks.ts";

/** Name of the one target that a schedule has. */
const TARGET_ID = "target";

/**
 * CreateSchedule's or UpdateSchedule's input as a spec.
 * @throws EcsError `UnsupportedFeatureException` for what would not act
 */
export function scheduleSpec(input: CreateScheduleInput): ECSScheduleSpec & { name: string; type: "SCHEDULE" } {
  if (input.KmsKeyArn !== undefined) throw unsupportedFeature("KECS does not support KmsKeyArn of schedules.");
  checkTarget(input.Target);
  const { Mode, MaximumWindowInMinutes } = input.FlexibleTimeWindow;
  return {
    name: input.Name,
    type: "SCHEDULE",
    scheduleExpression: input.ScheduleExpression,
    scheduleExpressionTimezone: input.ScheduleExpressionTimezone ?? "UTC",
    state: input.State ?? "ENABLED",
    actionAfterCompletion: input.ActionAfterCompletion ?? "NONE",
    flexibleTimeWindow: {
      mode: Mode,
      ...(MaximumWindowInMinutes !== undefined && { maximumWindowInMinutes: MaximumWindowInMinutes }),
    },
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.StartDate !== undefined && { startDate: iso(input.StartDate) }),
    ...(input.EndDate !== undefined && { endDate: iso(input.EndDate) }),
    targets: [scheduleTarget(TARGET_ID, input.Target)],
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** @throws EcsError `ResourceNotFoundException` for a group that is not the default one: there are no others */
export function checkGroup(group: string | undefined): void {
  if ((group ?? DEFAULT_GROUP) === DEFAULT_GROUP) return;
  throw new EcsError("ResourceNotFoundException", `Schedule group ${group} does not exist.`, { status: 404 });
}

/** @throws EcsError `ResourceNotFoundException` */
export async function requireSchedule(
  { queries }: Pick<Deps, "queries">,
  { Name, GroupName }: { Name: string; GroupName?: string },
): Promise<Found<GetScheduleOutput>> {
  checkGroup(GroupName);
  const found = await queries.schedule(Name);
  if (found !== undefined) return found;
  throw new EcsError("ResourceNotFoundException", `Schedule ${Name} does not exist.`, { status: 404 });
}
