import { updateSchedule } from "../../schedules/schedule-resource.ts";
import type { EventsHandler } from "../operation.ts";
import { requireRule } from "../rule.ts";

/**
 * Takes targets from a rule; ids that it does not have are failures.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html
 */
export const removeTargets: EventsHandler<"RemoveTargets"> = async ({ Rule, EventBusName, Ids }, deps, call) => {
  const { ref, doc } = await requireRule(deps, Rule, EventBusName);
  await updateSchedule(
    ref,
    ({ spec }) => ({ ...spec, targets: (spec.targets ?? []).filter(({ id }) => !Ids.includes(id)) }),
    deps,
    call,
  );
  const missing = Ids.filter((id) => !doc.targets.some((target) => target.Id === id));
  return {
    FailedEntryCount: missing.length,
    FailedEntries: missing.map((id) => ({
      TargetId: id,
      ErrorCode: "ResourceNotFoundException",
      ErrorMessage: `Rule ${Rule} does not have a target with the Id ${id}.`,
    })),
  };
};
