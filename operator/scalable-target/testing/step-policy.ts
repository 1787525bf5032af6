import type { StepScalingPolicy } from "#lib/ecs/scaling/policies.ts";
import type { StepScaling } from "#model/generated/resources.generated.ts";

type Step = [lower: number | undefined, upper: number | undefined, adjustment: number];

/** A step scaling policy `up` that adds as many tasks as its steps say. */
export function stepPolicy(
  steps: Step[] = [[0, undefined, 1]],
  more: Partial<StepScaling> = {},
  policyName = "up",
): StepScalingPolicy {
  const stepAdjustments = steps.map(([from, to, scalingAdjustment]) => ({
    ...(from !== undefined && { metricIntervalLowerBound: from }),
    ...(to !== undefined && { metricIntervalUpperBound: to }),
    scalingAdjustment,
  }));
  return {
    policyName,
    stepScalingPolicyConfiguration: { adjustmentType: "ChangeInCapacity", stepAdjustments, ...more },
  };
}
