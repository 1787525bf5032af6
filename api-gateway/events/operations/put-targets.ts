import { scheduleTarget } from "#lib/ecs/schedule/ecs-parameters.ts";
import { EcsError } from "#lib/errors.ts";
import { checkSchedule, updateSchedule } from "../../schedules/schedule-resource.ts";
import { checkTarget } from "../../schedules/target-checks.ts";
import type { EventsHandler } from "../operation.ts";
import { requireRule } from "../rule.ts";

const TARGETS_MAX = 5;

/**
 * Gives a rule targets, or replaces those of the same id.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
 */
export const putTargets: EventsHandler<"PutTargets"> = async ({ Rule, EventBusName, Targets }, deps, call) => {
  const { ref } = await requireRule(deps, Rule, EventBusName);
  for (const target of Targets) checkTarget(target);
  const added = Targets.map((target) => scheduleTarget(target.Id, target));
  await updateSchedule(
    ref,
    ({ spec }) => {
      const byId = new Map([...(spec.targets ?? []), ...added].map((target) => [target.id, target]));
      if (byId.size > TARGETS_MAX) {
        throw new EcsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
      }
      const wanted = { ...spec, targets: [...byId.values()] };
      checkSchedule(wanted);
      return wanted;
    },
    deps,
    call,
  );
  return { FailedEntryCount: 0, FailedEntries: [] };
};
