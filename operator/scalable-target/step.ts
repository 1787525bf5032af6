import type { ECSAlarm, ServiceStepAdjustment, StepScaling } from "#model/generated/resources.generated.ts";
import type { Bounds } from "./capacity.ts";

/** How far an alarm's metric is from its threshold; 0 where the alarm does not say both. */
export function breachOf({ spec }: ECSAlarm, { metricAggregationType = "Average" }: StepScaling): number {
  const { threshold, values = [] } = spec;
  if (threshold === undefined || values.length === 0) return 0;
  const value = {
    Average: () => values.reduce((sum, each) => sum + each, 0) / values.length,
    Minimum: () => Math.min(...values),
    Maximum: () => Math.max(...values),
  }[metricAggregationType]();
  return value - threshold;
}

/**
 * The step adjustment for a distance from the threshold. Above it a step's lower bound belongs to it, below it the
 * upper one; at the threshold the alarm's comparison tells which, and where it has none, either may.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html
 */
export function stepFor(
  breach: number,
  { stepAdjustments }: StepScaling,
  comparison: ECSAlarm["spec"]["comparisonOperator"],
): ServiceStepAdjustment | undefined {
  const above = stepAdjustments.find(({ metricIntervalLowerBound: from, metricIntervalUpperBound: to }) => {
    return (from ?? -Infinity) <= breach && breach < (to ?? Infinity);
  });
  const below = stepAdjustments.find(({ metricIntervalLowerBound: from, metricIntervalUpperBound: to }) => {
    return (from ?? -Infinity) < breach && breach <= (to ?? Infinity);
  });
  if (breach !== 0) return breach > 0 ? above : below;
  if (comparison === undefined) return above ?? below;
  return comparison.startsWith("Greater") ? above : below;
}

/**
 * The number of tasks that an adjustment makes of another, within the capacities. Of percentages, what is less than one
 * task is one, and the rest is rounded towards the present number.
 */
export function adjusted(
  count: number,
  { scalingAdjustment }: ServiceStepAdjustment,
  { adjustmentType, minAdjustmentMagnitude = 1 }: StepScaling,
  { min, max }: Bounds,
): number {
  return Math.min(max, Math.max(min, unbounded()));

  function unbounded(): number {
    if (adjustmentType === "ExactCapacity") return scalingAdjustment;
    if (adjustmentType === "ChangeInCapacity") return count + scalingAdjustment;
    const change = Math.trunc((count * scalingAdjustment) / 100);
    const sign = Math.sign(scalingAdjustment);
    return count + sign * Math.max(Math.abs(change), minAdjustmentMagnitude);
  }
}
