import { type Identity, serviceArn, serviceDeploymentArn, serviceRevisionArn } from "#lib/ecs/arns.ts";
import type { Lifecycle, LifecycleHook } from "#lib/ecs/lifecycle.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";

/** Whose hook it is. */
export interface HookSubject {
  readonly clusterName: string;
  readonly serviceName: string;
  readonly rollout: Rollout & { readonly lifecycle: Lifecycle };
}

const OF_PRODUCTION: ReadonlySet<string> = new Set(["PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]);

/**
 * What the target of a hook is sent, as ECS sends it to a Lambda function. Weights are told with the stages that shift them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html payloads
 */
export function hookEvent({ clusterName, serviceName, rollout }: HookSubject, hook: LifecycleHook, identity: Identity) {
  const { lifecycle, revision, sourceRevision, id } = rollout;
  const { production, test } = lifecycle;
  const arnOf = (digits: string): string => serviceRevisionArn(identity, clusterName, serviceName, digits);
  const weights = (target: number): Record<string, number> => ({
    [arnOf(revision)]: target,
    ...(sourceRevision !== undefined && { [arnOf(sourceRevision)]: Math.round((100 - target) * 10) / 10 }),
  });
  return {
    executionId: hook.id,
    lifecycleStage: hook.stage,
    resourceArn: serviceDeploymentArn(identity, clusterName, serviceName, id),
    executionDetails: {
      serviceArn: serviceArn(identity, clusterName, serviceName),
      targetServiceRevisionArn: arnOf(revision),
      testTrafficWeights: hook.stage === "TEST_TRAFFIC_SHIFT" ? weights(test) : {},
      productionTrafficWeights: OF_PRODUCTION.has(hook.stage) ? weights(production) : {},
    },
    ...(hook.details !== undefined && { hookDetails: hook.details }),
  };
}
