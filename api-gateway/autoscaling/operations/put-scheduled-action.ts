import { invalidParameter } from "#lib/errors.ts";
import type { ScalingSchedule } from "#model/generated/resources.generated.ts";
import type { PutScheduledActionRequest } from "#model/generated/autoscaling/types.generated.ts";
import type { AutoscalingHandler } from "../operation.ts";
import { requireScalableTarget, updateScalableTarget } from "../scalable-target.ts";

/**
 * Gives a scalable target a scheduled action, or changes what the call names of that of the same name.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
 */
export const putScheduledAction: AutoscalingHandler<"PutScheduledAction"> = async (input, deps, call) => {
  const found = await requireScalableTarget(deps, input);
  const createdAt = deps.now().toISOString();
  await updateScalableTarget(
    found,
    (spec) => {
      const actions = spec.scheduledActions ?? [];
      const before = actions.find(({ scheduledActionName }) => scheduledActionName === input.ScheduledActionName);
      const action = { ...actionOf(input, before), createdAt };
      const others = actions.filter((each) => each !== before);
      return { ...spec, scheduledActions: [...others, action] };
    },
    deps,
    call,
  );
  return {};
};

function actionOf(input: PutScheduledActionRequest, before: ScalingSchedule | undefined): ScalingSchedule {
  const { ScalableTargetAction: given, StartTime, EndTime, Timezone } = input;
  const schedule = input.Schedule ?? before?.schedule;
  if (schedule === undefined) throw invalidParameter("Schedule must be specified.");
  const { MinCapacity, MaxCapacity } = given ?? {};
  return {
    ...before,
    scheduledActionName: input.ScheduledActionName,
    schedule,
    ...(Timezone !== undefined && { timezone: Timezone }),
    ...(StartTime !== undefined && { startTime: iso(StartTime) }),
    ...(EndTime !== undefined && { endTime: iso(EndTime) }),
    scalableTargetAction:
      given === undefined
        ? (before?.scalableTargetAction ?? {})
        : {
            ...(MinCapacity !== undefined && { minCapacity: MinCapacity }),
            ...(MaxCapacity !== undefined && { maxCapacity: MaxCapacity }),
          },
  };
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
