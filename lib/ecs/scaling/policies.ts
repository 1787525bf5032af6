import type { ServiceScalingPolicy, StepScaling, TargetTracking } from "#model/generated/resources.generated.ts";

/** A policy that keeps a service's average utilization at a value. */
export interface TargetTrackingPolicy {
  readonly policyName: string;
  readonly targetTrackingScalingPolicyConfiguration: TargetTracking;
}

/** A policy that changes a service's count when an alarm invokes it. */
export interface StepScalingPolicy {
  readonly policyName: string;
  readonly stepScalingPolicyConfiguration: StepScaling;
}

/** The target tracking policies among others. */
export function targetTrackingPolicies(policies: readonly ServiceScalingPolicy[] = []): TargetTrackingPolicy[] {
  return policies.flatMap(({ policyName, targetTrackingScalingPolicyConfiguration: configuration }) =>
    configuration === undefined ? [] : [{ policyName, targetTrackingScalingPolicyConfiguration: configuration }],
  );
}

/** The step scaling policies among others. */
export function stepScalingPolicies(policies: readonly ServiceScalingPolicy[] = []): StepScalingPolicy[] {
  return policies.flatMap(({ policyName, stepScalingPolicyConfiguration: configuration }) =>
    configuration === undefined ? [] : [{ policyName, stepScalingPolicyConfiguration: configuration }],
  );
}

/**
 * By what an alarm's `alarmActions` name a policy besides its ARN, and what that ARN ends with.
 * @param resourceId `service/<cluster>/<service>`
 */
export function policyReference(resourceId: string, policyName: string): string {
  return `${resourceId}:policyName/${policyName}`;
}

/** The reference that an entry of `alarmActions` is or ends with. */
export function referenceOfAction(action: string): string {
  return action.startsWith("arn:") ? action.slice(action.indexOf(":resource/ecs/") + ":resource/ecs/".length) : action;
}
