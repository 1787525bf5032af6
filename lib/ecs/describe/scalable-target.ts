import type { ECSScalableTarget } from "#model/generated/resources.generated.ts";
import type {
  ScalableTarget,
  ScalingActivity,
  ScalingPolicy,
  ScheduledAction,
} from "#model/generated/autoscaling/types.generated.ts";
import { policyAlarms, policyConfiguration } from "./scaling-policy.ts";
import { type Identity, parseArn } from "../arns.ts";
import { type ClusterOfNamespace, DEFAULT_CLUSTER } from "../cluster-of.ts";
import { ANNOTATIONS } from "../labels.ts";
import { policyReference } from "../scaling/policies.ts";
import { capacitiesInForce } from "../scaling/registration.ts";
import { stableUuid } from "../stable-uuid.ts";

/** A scalable target with all that belongs to it, in the shapes of Application Auto Scaling. */
export interface DescribedScalableTarget {
  readonly target: ScalableTarget & { readonly ScalableTargetARN: string };
  readonly policies: readonly ScalingPolicy[];
  readonly actions: readonly ScheduledAction[];
  /** Latest first. */
  readonly activities: readonly ScalingActivity[];
}

/** What ECS services are known by to Application Auto Scaling. */
export const SCALABLE = { ServiceNamespace: "ecs", ScalableDimension: "ecs:service:DesiredCount" } as const;

/**
 * `service/<cluster>/<service>`, by the operator's word; before it, by that of the call that registered it, or by the
 * namespace.
 */
export function resourceIdOf(
  { metadata, spec, status }: ECSScalableTarget,
  clusterOfNamespace: ClusterOfNamespace,
): string {
  if (status?.clusterName && status.serviceName) return `service/${status.clusterName}/${status.serviceName}`;
  const registered = parseArn(metadata.annotations?.[ANNOTATIONS.serviceArn] ?? "");
  if (registered?.type === "service") return `service/${registered.path.join("/")}`;
  return `service/${clusterOfNamespace(metadata.namespace ?? "") ?? DEFAULT_CLUSTER}/${spec.service}`;
}

/** An ECSScalableTarget as Application Auto Scaling describes it. */
export function describeScalableTarget(
  resource: ECSScalableTarget,
  resourceId: string,
  identity: Identity,
): DescribedScalableTarget {
  const { spec, status = {}, metadata } = resource;
  const common = { ...SCALABLE, ResourceId: resourceId };
  const created = seconds(metadata.creationTimestamp);
  const { min, max } = capacitiesInForce(resource) ?? { min: spec.minCapacity, max: spec.maxCapacity };
  const { dynamicScalingInSuspended, dynamicScalingOutSuspended, scheduledScalingSuspended } =
    spec.suspendedState ?? {};
  return {
    target: {
      ...common,
      MinCapacity: min,
      MaxCapacity: max,
      RoleARN: spec.roleARN ?? serviceRole(identity),
      CreationTime: created,
      SuspendedState: {
        DynamicScalingInSuspended: dynamicScalingInSuspended === true,
        DynamicScalingOutSuspended: dynamicScalingOutSuspended === true,
        ScheduledScalingSuspended: scheduledScalingSuspended === true,
      },
      ScalableTargetARN: scalableTargetArn(resource, identity),
    },
    policies: (spec.policies ?? []).map((policy) => ({
      PolicyARN: policyArn(resource, policy.policyName, resourceId, identity),
      PolicyName: policy.policyName,
      ...common,
      ...policyConfiguration(policy),
      Alarms: policyAlarms(resource, policy.policyName, identity),
      CreationTime: created,
    })),
    actions: (spec.scheduledActions ?? []).map((action) => ({
      ScheduledActionName: action.scheduledActionName,
      ScheduledActionARN: actionArn(resource, action.scheduledActionName, resourceId, identity),
      ...common,
      Schedule: action.schedule,
      ...(action.timezone !== undefined && { Timezone: action.timezone }),
      ...(action.startTime !== undefined && { StartTime: seconds(action.startTime) }),
      ...(action.endTime !== undefined && { EndTime: seconds(action.endTime) }),
      ScalableTargetAction: {
        ...capacity("MinCapacity", action.scalableTargetAction.minCapacity),
        ...capacity("MaxCapacity", action.scalableTargetAction.maxCapacity),
      },
      CreationTime: action.createdAt === undefined ? created : seconds(action.createdAt),
    })),
    activities: (status.activities ?? []).map((activity) => ({
      ActivityId: activity.activityId ?? "",
      ...common,
      Description: activity.description ?? "",
      Cause: activity.cause ?? "",
      StartTime: seconds(activity.startTime),
      EndTime: seconds(activity.startTime),
      ...(activity.statusCode === "Failed"
        ? { StatusCode: "Failed", StatusMessage: activity.description ?? "" }
        : {
            StatusCode: "Successful",
            StatusMessage: "Successfully set desired count. Change successfully fulfilled by ecs.",
          }),
    })),
  };
}

/** `arn:aws:application-autoscaling:<region>:<account>:scalable-target/<id>` */
export function scalableTargetArn({ metadata }: ECSScalableTarget, { region, accountId }: Identity): string {
  const id = `0${stableUuid(metadata.uid ?? "")
    .replaceAll("-", "")
    .slice(0, 35)}`;
  return `arn:aws:application-autoscaling:${region}:${accountId}:scalable-target/${id}`;
}

/** `arn:aws:autoscaling:<region>:<account>:scalingPolicy:<id>:resource/ecs/<resource id>:policyName/<name>` */
export function policyArn(
  { metadata }: ECSScalableTarget,
  name: string,
  resourceId: string,
  { region, accountId }: Identity,
): string {
  const id = stableUuid(metadata.uid ?? "", "policy", name);
  return `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy:${id}:resource/ecs/${policyReference(resourceId, name)}`;
}

function actionArn(
  { metadata }: ECSScalableTarget,
  name: string,
  resourceId: string,
  { region, accountId }: Identity,
): string {
  const id = stableUuid(metadata.uid ?? "", "action", name);
  return `arn:aws:autoscaling:${region}:${accountId}:scheduledAction:${id}:resource/ecs/${resourceId}:scheduledActionName/${name}`;
}

/** The role that AWS acts with unless one is given. */
function serviceRole({ accountId }: Identity): string {
  const path = "aws-service-role/ecs.application-autoscaling.amazonaws.com";
  return `arn:aws:iam::${accountId}:role/${path}/AWSServiceRoleForApplicationAutoScaling_ECSService`;
}

function capacity<K extends string>(name: K, value: number | undefined): { [Name in K]?: number } {
  return value === undefined ? {} : ({ [name]: value } as { [Name in K]?: number });
}

const seconds = (time: string | undefined): number => (Date.parse(time ?? "") || 0) / 1000;
