import { invalidParameter } from "#lib/errors.ts";
import { deleteSchedule } from "../../schedules/schedule-resource.ts";
import type { EventsHandler } from "../operation.ts";
import { checkBus } from "../rule.ts";

/**
 * Deletes a rule without targets; one that is not there is none.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
 */
export const deleteRule: EventsHandler<"DeleteRule"> = async ({ Name, EventBusName }, deps, call) => {
  checkBus(EventBusName);
  const found = await deps.queries.rule(Name);
  if (found === undefined) return {};
  const { ref, doc } = found;
  if (doc.targets.length > 0) throw invalidParameter("Rule can't be deleted since it has targets.");
  const isGone = async (): Promise<boolean> => (await deps.queries.rule(Name))?.ref.uid !== ref.uid;
  await deleteSchedule(ref, isGone, deps, call);
  return {};
};
