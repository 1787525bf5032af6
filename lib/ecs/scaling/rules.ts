import type { ECSScalableTarget } from "#model/generated/resources.generated.ts";
import { expressionProblems } from "../schedule/rules.ts";
import { isTimeZone } from "../schedule/zone.ts";
import { stepScalingPolicies, type TargetTrackingPolicy, targetTrackingPolicies } from "./policies.ts";
import { stepProblems } from "./step-rules.ts";

type Spec = Pick<ECSScalableTarget["spec"], "minCapacity" | "maxCapacity" | "policies" | "scheduledActions">;
type Action = NonNullable<Spec["scheduledActions"]>[number];

/** What is wrong with a scalable target, in sentences; empty where it can do what it says. Both doors ask. */
export function scalingProblems({ minCapacity, maxCapacity, policies = [], scheduledActions = [] }: Spec): string[] {
  return [
    ...(minCapacity > maxCapacity ? ["Maximum capacity cannot be less than minimum capacity."] : []),
    ...metricProblems(targetTrackingPolicies(policies)),
    ...stepScalingPolicies(policies).flatMap(stepProblems),
    ...mixProblems(policies),
    ...scheduledActions.flatMap(actionProblems),
  ];
}

/** One policy for each metric, as AWS has it: two targets of one metric would contradict each other. */
function metricProblems(policies: readonly TargetTrackingPolicy[]): string[] {
  const metrics = policies.map(metricOf);
  const twice = metrics.find((metric, index) => metrics.indexOf(metric) < index);
  return twice === undefined ? [] : [`Only one target tracking policy can use the metric ${twice}.`];
}

const metricOf = ({
  targetTrackingScalingPolicyConfiguration: { predefinedMetricSpecification },
}: TargetTrackingPolicy) => predefinedMetricSpecification.predefinedMetricType;

/** A HorizontalPodAutoscaler would take back what an alarm asked for. */
function mixProblems(policies: NonNullable<Spec["policies"]>): string[] {
  const isMixed = targetTrackingPolicies(policies).length > 0 && stepScalingPolicies(policies).length > 0;
  return isMixed ? ["A scalable target cannot have target tracking and step scaling policies at the same time."] : [];
}

function actionProblems({ scheduledActionName, schedule, timezone, scalableTargetAction }: Action): string[] {
  const { minCapacity, maxCapacity } = scalableTargetAction;
  return [
    ...expressionProblems(schedule),
    ...(timezone === undefined || isTimeZone(timezone) ? [] : [`Invalid timezone: ${timezone}.`]),
    ...(minCapacity === undefined && maxCapacity === undefined
      ? ["At least one of MinCapacity and MaxCapacity must be given."]
      : []),
    ...(minCapacity !== undefined && maxCapacity !== undefined && minCapacity > maxCapacity
      ? ["Maximum capacity cannot be less than minimum capacity."]
      : []),
  ].map((problem) => `Scheduled action ${scheduledActionName}: ${problem}`);
}
