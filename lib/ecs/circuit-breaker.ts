import type { DeploymentCircuitBreaker } from "#model/generated/types.generated.ts";

/** How many failures in a row ECS never, and always, takes for the failure of a deployment. */
const BOUNDS = { least: 3, most: 200 } as const;

/** What ECS fills in for the members that a circuit breaker leaves out. */
export const BREAKER_DEFAULTS = {
  enable: false,
  rollback: false,
  resetOnHealthyTask: true,
  thresholdConfiguration: { type: "BOUNDED_PERCENT", value: 50 },
} as const satisfies DeploymentCircuitBreaker;

/**
 * How many failed tasks make a deployment fail: half of the desired count rounded up, at least 3 and at most 200,
 * unless another threshold is configured.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
 */
export function failureThreshold(breaker: DeploymentCircuitBreaker | undefined, desiredCount: number): number {
  const { type, value } = breaker?.thresholdConfiguration ?? BREAKER_DEFAULTS.thresholdConfiguration;
  if (type === "COUNT") return Math.max(1, value);
  const share = Math.ceil((desiredCount * value) / 100);
  return type === "UNBOUNDED_PERCENT" ? Math.max(1, share) : Math.min(BOUNDS.most, Math.max(BOUNDS.least, share));
}
