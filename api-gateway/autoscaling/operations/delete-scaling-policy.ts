import type { AutoscalingHandler } from "../operation.ts";
import { objectNotFound, requireScalableTarget, updateScalableTarget } from "../scalable-target.ts";

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeleteScalingPolicy.html */
export const deleteScalingPolicy: AutoscalingHandler<"DeleteScalingPolicy"> = async (input, deps, call) => {
  const what = `scaling policy found with name ${input.PolicyName}`;
  const found = await requireScalableTarget(deps, input, what);
  await updateScalableTarget(
    found,
    ({ policies = [], ...spec }) => {
      const left = policies.filter(({ policyName }) => policyName !== input.PolicyName);
      if (left.length === policies.length) throw objectNotFound(what, input);
      return { ...spec, policies: left };
    },
    deps,
    call,
  );
  return {};
};
