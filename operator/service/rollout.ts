import { isStaged } from "#lib/ecs/lifecycle.ts";
import type { DeploymentConfiguration } from "#model/generated/types.generated.ts";

/** How many tasks a rollout may lack and add, as absolute numbers. */
export interface RolloutLimits {
  readonly maxUnavailable: number;
  readonly maxSurge: number;
}

const MINIMUM_HEALTHY_PERCENT = 100;
const MAXIMUM_PERCENT = 200;

/**
 * `minimumHealthyPercent` and `maximumPercent` of a number of tasks, rounded as ECS does: the lower limit up, the
 * upper one down. Where that leaves no room at all (1 task, 50 % to 100 %), ECS never gets on and Kubernetes refuses;
 * here one task at a time is stopped before its successor starts, so that the upper limit holds. Where traffic is shifted
 * there are twice as many, whatever the percentages are.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
export function rolloutLimits(desiredCount: number, configuration: DeploymentConfiguration = {}): RolloutLimits {
  if (isStaged(configuration.strategy)) return besides(desiredCount);
  const { minimumHealthyPercent = MINIMUM_HEALTHY_PERCENT, maximumPercent = MAXIMUM_PERCENT } = configuration;
  const least = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
  const most = Math.floor((desiredCount * maximumPercent) / 100);
  const maxUnavailable = Math.min(desiredCount, Math.max(0, desiredCount - least));
  const maxSurge = Math.max(0, most - desiredCount);
  return maxUnavailable + maxSurge === 0 ? { maxUnavailable: 1, maxSurge: 0 } : { maxUnavailable, maxSurge };
}

/** The limits where all new tasks stand beside the old ones. Kubernetes refuses two zeros. */
export function besides(desiredCount: number): RolloutLimits {
  return { maxUnavailable: 0, maxSurge: Math.max(1, desiredCount) };
}
