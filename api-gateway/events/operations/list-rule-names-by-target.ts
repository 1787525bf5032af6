import { pageOf } from "../../common/page.ts";
import type { EventsHandler } from "../operation.ts";
import { checkBus } from "../rule.ts";

const PAGE_SIZE = 100;
/** Rules of one account and bus at AWS are 300 unless raised; here there is no such limit. */
const RULES_MAX = 100_000;

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html */
export const listRuleNamesByTarget: EventsHandler<"ListRuleNamesByTarget"> = async (input, { queries }) => {
  const { TargetArn, EventBusName, NextToken: nextToken, Limit = PAGE_SIZE } = input;
  checkBus(EventBusName);
  const paging = { TargetArn, maxResults: Limit, ...(nextToken !== undefined && { nextToken }) };
  const page = await pageOf("ListRuleNamesByTarget", paging, PAGE_SIZE, async ({ after = "", limit }) => {
    const rules = await queries.rules({}, { limit: RULES_MAX });
    return rules
      .filter(({ rule, targets }) => rule.Name > after && targets.some(({ Arn }) => Arn === TargetArn))
      .map(({ rule }) => rule.Name)
      .slice(0, limit);
  });
  return { RuleNames: page.entries, ...(page.nextToken !== undefined && { NextToken: page.nextToken }) };
};
