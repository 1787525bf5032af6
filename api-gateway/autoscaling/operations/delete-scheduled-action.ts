import type { AutoscalingHandler } from "../operation.ts";
import { objectNotFound, requireScalableTarget, updateScalableTarget } from "../scalable-target.ts";

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScheduledAction.html */
export const deleteScheduledAction: AutoscalingHandler<"DeleteScheduledAction"> = async (input, deps, call) => {
  const what = `scheduled action found with name ${input.ScheduledActionName}`;
  const found = await requireScalableTarget(deps, input, what);
  await updateScalableTarget(
    found,
    ({ scheduledActions = [], ...spec }) => {
      const left = scheduledActions.filter(
        ({ scheduledActionName }) => scheduledActionName !== input.ScheduledActionName,
      );
      if (left.length === scheduledActions.length) throw objectNotFound(what, input);
      return { ...spec, scheduledActions: left };
    },
    deps,
    call,
  );
  return {};
};
