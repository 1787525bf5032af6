import type { ScheduleStateName } from "#model/generated/resources.generated.ts";
import { updateSchedule } from "../../schedules/schedule-resource.ts";
import type { EventsHandler } from "../operation.ts";
import { requireRule } from "../rule.ts";

type StateHandler = EventsHandler<"EnableRule"> & EventsHandler<"DisableRule">;

function turn(state: ScheduleStateName): StateHandler {
  return async ({ Name, EventBusName }, deps, call) => {
    const { ref } = await requireRule(deps, Name, EventBusName);
    await updateSchedule(ref, ({ spec }) => ({ ...spec, state }), deps, call);
    return {};
  };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html */
export const enableRule: EventsHandler<"EnableRule"> = turn("ENABLED");

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html */
export const disableRule: EventsHandler<"DisableRule"> = turn("DISABLED");
