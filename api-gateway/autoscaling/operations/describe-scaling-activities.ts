import type { AutoscalingHandler } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { checkNamespace } from "../scalable-target.ts";

/**
 * What was done to desired counts, latest first.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html
 */
export const describeScalingActivities: AutoscalingHandler<"DescribeScalingActivities"> = async (
  input,
  { queries },
) => {
  checkNamespace(input);
  const { ResourceId } = input;
  const found = await queries.scalableTargets(ResourceId === undefined ? {} : { resourceIds: [ResourceId] });
  const activities = found.flatMap(({ doc }) => doc.activities).sort((a, b) => b.StartTime - a.StartTime);
  const { entries, ...rest } = pageOf(activities, input);
  return { ScalingActivities: entries, ...rest };
};
