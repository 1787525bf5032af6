import { API_VERSION, LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import { controllerReference } from "#lib/kube/owners.ts";
import type { HorizontalPodAutoscaler } from "#lib/kube/resources.ts";
import { type TargetTrackingPolicy, targetTrackingPolicies } from "#lib/ecs/scaling/policies.ts";
import type { ECSScalableTarget } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Bounds } from "./capacity.ts";

type Spec = NonNullable<HorizontalPodAutoscaler["spec"]>;
type Behavior = NonNullable<Spec["behavior"]>;

/** Seconds of both cooldowns unless a policy says, as for services of ECS. */
const COOLDOWN = 300;
/** The autoscaler looks this often, so a shorter period says nothing. */
const SYNC_SECONDS = 15;
/** What a count may grow by within the scale-out cooldown, if that is more than doubling it. */
const STEP = 4;

const RESOURCE_OF = {
  ECSServiceAverageCPUUtilization: "cpu",
  ECSServiceAverageMemoryUtilization: "memory",
} as const;

/**
 * The HorizontalPodAutoscaler of a scalable target's target tracking policies. It scales the ECSService, not its Deployment, so that
 * `spec.desiredCount` stays the one truth. Undefined where there is none, or nothing to scale between.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
export function autoscalerOf(target: ECSScalableTarget, bounds: Bounds): HorizontalPodAutoscaler | undefined {
  const { metadata, spec } = target;
  const { service } = spec;
  const policies = targetTrackingPolicies(spec.policies);
  if (policies.length === 0 || bounds.max === 0) return undefined;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name: metadata.name ?? "",
      namespace: metadata.namespace ?? "",
      labels: { [LABELS.managedBy]: MANAGED_BY, [LABELS.serviceObject]: labelValue(service) },
      ownerReferences: [controllerReference(RESOURCES.ECSScalableTarget, target)],
    },
    spec: {
      scaleTargetRef: { apiVersion: API_VERSION, kind: "ECSService", name: service },
      // Of no Pods there is nothing to measure.
      minReplicas: Math.max(1, bounds.min),
      maxReplicas: bounds.max,
      metrics: policies.map(metricOf),
      behavior: behaviorOf(target, policies),
    },
  };
}

function metricOf({ targetTrackingScalingPolicyConfiguration: configuration }: TargetTrackingPolicy) {
  return {
    type: "Resource",
    resource: {
      name: RESOURCE_OF[configuration.predefinedMetricSpecification.predefinedMetricType],
      target: { type: "Utilization", averageUtilization: Math.max(1, Math.round(configuration.targetValue)) },
    },
  };
}

/** An autoscaler has one behavior for all its metrics: of several policies the quickest scales out, the slowest in. */
function behaviorOf({ spec }: ECSScalableTarget, policies: readonly TargetTrackingPolicy[]): Behavior {
  const { dynamicScalingInSuspended, dynamicScalingOutSuspended } = spec.suspendedState ?? {};
  const all = policies.map(({ targetTrackingScalingPolicyConfiguration }) => targetTrackingScalingPolicyConfiguration);
  const scaleOut = Math.min(...all.map(({ scaleOutCooldown = COOLDOWN }) => scaleOutCooldown));
  const scaleIn = Math.max(...all.map(({ scaleInCooldown = COOLDOWN }) => scaleInCooldown));
  const keeps = dynamicScalingInSuspended === true || all.every(({ disableScaleIn }) => disableScaleIn === true);
  const periodSeconds = Math.max(SYNC_SECONDS, scaleOut);
  return {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: dynamicScalingOutSuspended === true ? "Disabled" : "Max",
      policies: [
        { type: "Percent", value: 100, periodSeconds },
        { type: "Pods", value: STEP, periodSeconds },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: scaleIn,
      selectPolicy: keeps ? "Disabled" : "Max",
      policies: [{ type: "Percent", value: 100, periodSeconds: SYNC_SECONDS }],
    },
  };
}
