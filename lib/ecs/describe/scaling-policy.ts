import type {
  ECSScalableTarget,
  ServiceScalingPolicy,
  StepScaling,
  TargetTracking,
} from "#model/generated/resources.generated.ts";
import type {
  Alarm,
  ScalingPolicy,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "#model/generated/autoscaling/types.generated.ts";
import type { Identity } from "../arns.ts";

type Configuration = Pick<
  ScalingPolicy,
  "PolicyType" | "TargetTrackingScalingPolicyConfiguration" | "StepScalingPolicyConfiguration"
>;

/** What a policy does, in the shapes of Application Auto Scaling. */
export function policyConfiguration({
  targetTrackingScalingPolicyConfiguration: tracking,
  stepScalingPolicyConfiguration: steps,
}: ServiceScalingPolicy): Configuration {
  return tracking === undefined
    ? { PolicyType: "StepScaling", ...(steps && { StepScalingPolicyConfiguration: stepConfiguration(steps) }) }
    : {
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: trackingConfiguration(tracking),
      };
}

function trackingConfiguration(of: TargetTracking): TargetTrackingScalingPolicyConfiguration {
  return {
    TargetValue: of.targetValue,
    PredefinedMetricSpecification: { PredefinedMetricType: of.predefinedMetricSpecification.predefinedMetricType },
    ...(of.scaleOutCooldown !== undefined && { ScaleOutCooldown: of.scaleOutCooldown }),
    ...(of.scaleInCooldown !== undefined && { ScaleInCooldown: of.scaleInCooldown }),
    ...(of.disableScaleIn !== undefined && { DisableScaleIn: of.disableScaleIn }),
  };
}

function stepConfiguration(of: StepScaling): StepScalingPolicyConfiguration {
  return {
    AdjustmentType: of.adjustmentType,
    StepAdjustments: of.stepAdjustments.map((step) => ({
      ...(step.metricIntervalLowerBound !== undefined && { MetricIntervalLowerBound: step.metricIntervalLowerBound }),
      ...(step.metricIntervalUpperBound !== undefined && { MetricIntervalUpperBound: step.metricIntervalUpperBound }),
      ScalingAdjustment: step.scalingAdjustment,
    })),
    ...(of.minAdjustmentMagnitude !== undefined && { MinAdjustmentMagnitude: of.minAdjustmentMagnitude }),
    ...(of.cooldown !== undefined && { Cooldown: of.cooldown }),
    ...(of.metricAggregationType !== undefined && { MetricAggregationType: of.metricAggregationType }),
  };
}

/** The alarms that invoke a policy, as far as the operator has said so. */
export function policyAlarms(
  { status }: ECSScalableTarget,
  policyName: string,
  { region, accountId }: Identity,
): Alarm[] {
  return (status?.alarms ?? [])
    .filter((alarm) => alarm.policyName === policyName)
    .map(({ alarmName }) => ({
      AlarmName: alarmName,
      AlarmARN: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${alarmName}`,
    }));
}
