import type { GetScheduleOutput, ScheduleSummary } from "#model/generated/scheduler/types.generated.ts";
import { pageOf } from "../../common/page.ts";
import type { SchedulerHandler } from "../operation.ts";
import { checkGroup } from "../schedule.ts";

const PAGE_SIZE = 100;

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html */
export const listSchedules: SchedulerHandler<"ListSchedules"> = async (input, { queries }) => {
  const { GroupName, NamePrefix: prefix, State: state, NextToken, MaxResults = PAGE_SIZE } = input;
  checkGroup(GroupName);
  const byName = new Map<string, GetScheduleOutput>();
  const filter = { ...(prefix !== undefined && { prefix }), ...(state !== undefined && { state }) };
  const paging = { prefix, state, maxResults: MaxResults, ...(NextToken !== undefined && { nextToken: NextToken }) };
  const { entries, nextToken } = await pageOf("ListSchedules", paging, PAGE_SIZE, async (page) => {
    for (const doc of await queries.schedules(filter, page)) byName.set(doc.Name ?? "", doc);
    return [...byName.keys()];
  });
  return {
    Schedules: entries.map((name) => summary(byName.get(name) ?? {})),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
};

function summary(doc: GetScheduleOutput): ScheduleSummary {
  const { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target } = doc;
  const known = Object.entries({ Arn, Name, GroupName, State, CreationDate, LastModificationDate });
  return {
    ...Object.fromEntries(known.filter(([, value]) => value !== undefined)),
    ...(Target && { Target: { Arn: Target.Arn } }),
  };
}
