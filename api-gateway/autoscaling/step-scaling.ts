import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type { StepScaling } from "#model/generated/resources.generated.ts";
import type { PutScalingPolicyRequest } from "#model/generated/autoscaling/types.generated.ts";

/** A day: a longer cooldown would outlive what is remembered. */
const LONGEST_COOLDOWN = 86_400;

/**
 * What a call says a step scaling policy is to do.
 * @throws EcsError `InvalidParameterException` where it leaves out what a policy needs
 */
export function stepsOf({ StepScalingPolicyConfiguration: given }: PutScalingPolicyRequest): StepScaling {
  if (given === undefined) throw invalidParameter("StepScalingPolicyConfiguration must be specified.");
  const { AdjustmentType, StepAdjustments = [], MinAdjustmentMagnitude, Cooldown, MetricAggregationType } = given;
  if (AdjustmentType === undefined) throw invalidParameter("AdjustmentType must be specified.");
  if (StepAdjustments.length === 0) throw invalidParameter("At least one step adjustment must be specified.");
  if (MinAdjustmentMagnitude !== undefined && MinAdjustmentMagnitude < 1) {
    throw invalidParameter("MinAdjustmentMagnitude must be at least 1.");
  }
  if (Cooldown !== undefined && Cooldown < 0) throw invalidParameter("Cooldown must not be negative.");
  if ((Cooldown ?? 0) > LONGEST_COOLDOWN) {
    throw unsupportedFeature(`KECS does not support a Cooldown above ${LONGEST_COOLDOWN} seconds.`);
  }
  return {
    adjustmentType: AdjustmentType,
    stepAdjustments: StepAdjustments.map(
      ({ MetricIntervalLowerBound: from, MetricIntervalUpperBound: to, ScalingAdjustment }) => ({
        ...(from !== undefined && { metricIntervalLowerBound: from }),
        ...(to !== undefined && { metricIntervalUpperBound: to }),
        scalingAdjustment: ScalingAdjustment,
      }),
    ),
    ...(MinAdjustmentMagnitude !== undefined && { minAdjustmentMagnitude: MinAdjustmentMagnitude }),
    ...(Cooldown !== undefined && { cooldown: Cooldown }),
    ...(MetricAggregationType !== undefined && { metricAggregationType: MetricAggregationType }),
  };
}
