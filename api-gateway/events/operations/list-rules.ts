import type { Rule } from "#model/generated/events/types.generated.ts";
import { pageOf } from "../../common/page.ts";
import type { EventsHandler } from "../operation.ts";
import { checkBus } from "../rule.ts";

const PAGE_SIZE = 100;

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html */
export const listRules: EventsHandler<"ListRules"> = async (input, { queries }) => {
  const { NamePrefix: prefix, EventBusName, NextToken: nextToken, Limit = PAGE_SIZE } = input;
  checkBus(EventBusName);
  const byName = new Map<string, Rule>();
  const filter = prefix === undefined ? {} : { prefix };
  const paging = { prefix, maxResults: Limit, ...(nextToken !== undefined && { nextToken }) };
  const page = await pageOf("ListRules", paging, PAGE_SIZE, async (wanted) => {
    for (const { rule } of await queries.rules(filter, wanted)) {
      const { CreatedBy: _, ...listed } = rule;
      byName.set(rule.Name, listed);
    }
    return [...byName.keys()];
  });
  return {
    Rules: page.entries.map((name) => byName.get(name) ?? {}),
    ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
  };
};
