import { policyArn } from "#lib/ecs/describe/scalable-target.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import { policyAlarms } from "#lib/ecs/describe/scaling-policy.ts";
import type { ScalingMetricType, ServiceScalingPolicy, TargetTracking } from "#model/generated/resources.generated.ts";
import type {
  PutScalingPolicyRequest,
  TargetTrackingScalingPolicyConfiguration,
} from "#model/generated/autoscaling/types.generated.ts";
import type { AutoscalingHandler } from "../operation.ts";
import { stepsOf } from "../step-scaling.ts";
import { requireScalableTarget, updateScalableTarget } from "../scalable-target.ts";

const METRICS: ReadonlySet<string> = new Set<ScalingMetricType>([
  "ECSServiceAverageCPUUtilization",
  "ECSServiceAverageMemoryUtilization",
]);
/** What a HorizontalPodAutoscaler can be told. */
const LONGEST = { ScaleOutCooldown: 1800, ScaleInCooldown: 3600 } as const;

/**
 * Gives a scalable target a policy, or replaces that of the same name.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
 */
export const putScalingPolicy: AutoscalingHandler<"PutScalingPolicy"> = async (input, deps, call) => {
  const policy = { policyName: input.PolicyName, ...configurationOf(input) };
  const found = await requireScalableTarget(deps, input);
  const updated = await updateScalableTarget(
    found,
    (spec) => {
      const byName = new Map([...(spec.policies ?? []), policy].map((each) => [each.policyName, each]));
      return { ...spec, policies: [...byName.values()] };
    },
    deps,
    call,
  );
  return {
    PolicyARN: policyArn(updated, input.PolicyName, input.ResourceId, deps.identity),
    Alarms: policyAlarms(updated, input.PolicyName, deps.identity),
  };
};

type Configuration = Omit<ServiceScalingPolicy, "policyName">;

function configurationOf(input: PutScalingPolicyRequest): Configuration {
  const { PolicyType = "StepScaling" } = input;
  if (PolicyType === "StepScaling") return { stepScalingPolicyConfiguration: stepsOf(input) };
  if (PolicyType === "TargetTrackingScaling") return { targetTrackingScalingPolicyConfiguration: trackingOf(input) };
  throw unsupportedFeature(
    `KECS does not support the policy type ${PolicyType}: only TargetTrackingScaling and StepScaling.`,
  );
}

function trackingOf({ TargetTrackingScalingPolicyConfiguration: given }: PutScalingPolicyRequest): TargetTracking {
  if (given === undefined) throw invalidParameter("TargetTrackingScalingPolicyConfiguration must be specified.");
  checkCooldowns(given);
  const { TargetValue, ScaleOutCooldown, ScaleInCooldown, DisableScaleIn } = given;
  return {
    targetValue: TargetValue,
    predefinedMetricSpecification: { predefinedMetricType: metricOf(given) },
    ...(ScaleOutCooldown !== undefined && { scaleOutCooldown: ScaleOutCooldown }),
    ...(ScaleInCooldown !== undefined && { scaleInCooldown: ScaleInCooldown }),
    ...(DisableScaleIn !== undefined && { disableScaleIn: DisableScaleIn }),
  };
}

function metricOf(given: TargetTrackingScalingPolicyConfiguration): ScalingMetricType {
  if (given.CustomizedMetricSpecification !== undefined) {
    throw unsupportedFeature("KECS does not support CustomizedMetricSpecification.");
  }
  const metric = given.PredefinedMetricSpecification?.PredefinedMetricType;
  if (metric === undefined) throw invalidParameter("PredefinedMetricSpecification must be specified.");
  if (METRICS.has(metric)) return metric as ScalingMetricType;
  throw unsupportedFeature(`KECS does not support the metric ${metric}: only ${[...METRICS].join(" and ")}.`);
}

function checkCooldowns(given: TargetTrackingScalingPolicyConfiguration): void {
  for (const name of ["ScaleOutCooldown", "ScaleInCooldown"] as const) {
    const value = given[name] ?? 0;
    if (value < 0) throw invalidParameter(`${name} must not be negative.`);
    if (value > LONGEST[name])
      throw unsupportedFeature(`KECS does not support ${name} above ${LONGEST[name]} seconds.`);
  }
  if (given.TargetValue < 1) throw unsupportedFeature("KECS does not support a TargetValue below 1.");
}
