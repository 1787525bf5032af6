import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type { DeploymentConfiguration } from "#model/generated/types.generated.ts";
import { BREAKER_DEFAULTS } from "./circuit-breaker.ts";
import { CANARY_DEFAULTS, LINEAR_DEFAULTS } from "./lifecycle.ts";

/**
 * A service's deployment configuration with what ECS fills in for the members that were left out.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
export function deploymentConfigurationOf(spec: ECSServiceSpec): DeploymentConfiguration {
  const { deploymentConfiguration: given = {}, schedulingStrategy } = spec;
  const daemon = schedulingStrategy === "DAEMON";
  return {
    maximumPercent: daemon ? 100 : 200,
    minimumHealthyPercent: daemon ? 0 : 100,
    strategy: "ROLLING",
    bakeTimeInMinutes: 0,
    ...given,
    ...(given.strategy === "LINEAR" && { linearConfiguration: { ...LINEAR_DEFAULTS, ...given.linearConfiguration } }),
    ...(given.strategy === "CANARY" && { canaryConfiguration: { ...CANARY_DEFAULTS, ...given.canaryConfiguration } }),
    deploymentCircuitBreaker: { ...BREAKER_DEFAULTS, ...given.deploymentCircuitBreaker },
    alarms: { alarmNames: [], enable: false, rollback: false, ...given.alarms },
  };
}
