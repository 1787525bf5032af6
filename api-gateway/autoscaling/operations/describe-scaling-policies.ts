import type { AutoscalingHandler } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { checkNamespace } from "../scalable-target.ts";

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingPolicies.html */
export const describeScalingPolicies: AutoscalingHandler<"DescribeScalingPolicies"> = async (input, { queries }) => {
  checkNamespace(input);
  const { ResourceId, PolicyNames } = input;
  const found = await queries.scalableTargets(ResourceId === undefined ? {} : { resourceIds: [ResourceId] });
  const policies = found
    .flatMap(({ doc }) => doc.policies)
    .filter(({ PolicyName }) => PolicyNames?.includes(PolicyName) ?? true);
  const { entries, ...rest } = pageOf(policies, input);
  return { ScalingPolicies: entries, ...rest };
};
