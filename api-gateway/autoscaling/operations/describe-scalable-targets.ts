import type { AutoscalingHandler } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { checkNamespace } from "../scalable-target.ts";

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalableTargets.html */
export const describeScalableTargets: AutoscalingHandler<"DescribeScalableTargets"> = async (input, { queries }) => {
  checkNamespace(input);
  const { ResourceIds } = input;
  const found = await queries.scalableTargets(ResourceIds === undefined ? {} : { resourceIds: ResourceIds });
  const { entries, ...rest } = pageOf(found, input);
  return { ScalableTargets: entries.map(({ doc }) => doc.target), ...rest };
};
