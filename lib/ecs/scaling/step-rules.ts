import type { ServiceStepAdjustment } from "#model/generated/resources.generated.ts";
import type { StepScalingPolicy } from "./policies.ts";

/** AWS allows as many. */
const STEPS_MAX = 20;

/**
 * What is wrong with a step scaling policy, in AWS's sentences where these are known.
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
 */
export function stepProblems({ policyName, stepScalingPolicyConfiguration: of }: StepScalingPolicy): string[] {
  const { adjustmentType, stepAdjustments, minAdjustmentMagnitude } = of;
  const problems = [
    ...(stepAdjustments.length > STEPS_MAX
      ? [`There can be at most ${STEPS_MAX} step adjustments per scaling policy.`]
      : []),
    ...(minAdjustmentMagnitude !== undefined && adjustmentType !== "PercentChangeInCapacity"
      ? ["MinAdjustmentMagnitude can only be used with the adjustment type PercentChangeInCapacity."]
      : []),
    ...(adjustmentType === "ExactCapacity" && stepAdjustments.some(({ scalingAdjustment }) => scalingAdjustment < 0)
      ? ["With the adjustment type ExactCapacity, ScalingAdjustment must not be negative."]
      : []),
    ...intervalProblems(stepAdjustments),
  ];
  return problems.map((problem) => `Scaling policy ${policyName}: ${problem}`);
}

function intervalProblems(steps: readonly ServiceStepAdjustment[]): string[] {
  if (
    steps.some((step) => step.metricIntervalLowerBound === undefined && step.metricIntervalUpperBound === undefined)
  ) {
    return ["Both lower and upper bounds of a step adjustment cannot be left unspecified"];
  }
  const intervals = steps
    .map(({ metricIntervalLowerBound: from = -Infinity, metricIntervalUpperBound: to = Infinity }) => ({ from, to }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  const [first, last] = [intervals[0], intervals.at(-1)];
  if (first === undefined || last === undefined) return ["At least one step adjustment must be specified."];
  if (intervals.some(({ from, to }) => from >= to)) {
    return ["The lower bound of a step adjustment must be less than its upper bound."];
  }
  const pairs = intervals.slice(1).map(({ from }, index) => from - (intervals[index]?.to ?? from));
  if (pairs.some((gap) => !(gap >= 0))) return ["The intervals of step adjustments must not overlap."];
  if (pairs.some((gap) => gap > 0)) return ["There must be no gap between the intervals of step adjustments."];
  return openEnds(first.from, last.to);
}

function openEnds(least: number, greatest: number): string[] {
  const rule = (end: string, sign: string): string =>
    `There must be a StepAdjustment with an unspecified ${end} bound (i.e., ${end} bound is null) when one StepAdjustment has a ${sign} ${end} bound`;
  return [
    ...(least < 0 && least !== -Infinity ? [rule("lower", "negative")] : []),
    ...(greatest > 0 && greatest !== Infinity ? [rule("upper", "positive")] : []),
  ];
}
