import type { AutoscalingHandler } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { checkNamespace } from "../scalable-target.ts";

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScheduledActions.html */
export const describeScheduledActions: AutoscalingHandler<"DescribeScheduledActions"> = async (input, { queries }) => {
  checkNamespace(input);
  const { ResourceId, ScheduledActionNames } = input;
  const found = await queries.scalableTargets(ResourceId === undefined ? {} : { resourceIds: [ResourceId] });
  const actions = found
    .flatMap(({ doc }) => doc.actions)
    .filter(({ ScheduledActionName }) => ScheduledActionNames?.includes(ScheduledActionName) ?? true);
  const { entries, ...rest } = pageOf(actions, input);
  return { ScheduledActions: entries, ...rest };
};
