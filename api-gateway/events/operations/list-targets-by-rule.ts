import type { EventsHandler } from "../operation.ts";
import { requireRule } from "../rule.ts";

/**
 * The targets of a rule; at most five, so always on one page.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html
 */
export const listTargetsByRule: EventsHandler<"ListTargetsByRule"> = async ({ Rule, EventBusName }, deps) => ({
  Targets: [...(await requireRule(deps, Rule, EventBusName)).doc.targets],
});
