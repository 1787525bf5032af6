import type { EventsHandler } from "../operation.ts";
import { requireRule } from "../rule.ts";

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html */
export const describeRule: EventsHandler<"DescribeRule"> = async ({ Name, EventBusName }, deps) =>
  (await requireRule(deps, Name, EventBusName)).doc.rule;
