import type { DeploymentLifecycleHookDetailInResource } from "#model/generated/resources.generated.ts";
import type {
  DeploymentConfiguration,
  DeploymentStrategy,
  ServiceDeploymentLifecycleStage,
} from "#model/generated/types.generated.ts";
import type { Rollout } from "./rollout.ts";

/** How far a service deployment that shifts traffic has come, as the service's status keeps it. */
export type Lifecycle = NonNullable<Rollout["lifecycle"]>;
export type LifecycleHook = NonNullable<Lifecycle["hooks"]>[number];
export type Stage = Lifecycle["stage"];
export type StagedStrategy = Lifecycle["strategy"];

/** What ECS takes for members of `linearConfiguration` and `canaryConfiguration` that are left out. */
export const LINEAR_DEFAULTS = { stepPercent: 10, stepBakeTimeInMinutes: 6 } as const;
export const CANARY_DEFAULTS = { canaryPercent: 5, canaryBakeTimeInMinutes: 10 } as const;

/** Whether deployments with that strategy go through lifecycle stages and shift traffic at once or by steps. */
export function isStaged(strategy: DeploymentStrategy | undefined): strategy is StagedStrategy {
  return strategy !== undefined && strategy !== "ROLLING";
}

/**
 * The percentage of production traffic that the next step directs to the new service revision.
 * @param current the percentage now
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html
 */
export function nextWeight(strategy: StagedStrategy, configuration: DeploymentConfiguration, current: number): number {
  if (strategy === "LINEAR") {
    const { stepPercent = LINEAR_DEFAULTS.stepPercent } = configuration.linearConfiguration ?? {};
    return Math.min(100, Math.round((current + stepPercent) * 10) / 10);
  }
  const { canaryPercent = CANARY_DEFAULTS.canaryPercent } = configuration.canaryConfiguration ?? {};
  return strategy === "CANARY" && current < canaryPercent ? canaryPercent : 100;
}

/** Minutes between two steps of a shift of production traffic. */
export function stepBakeMinutes(strategy: StagedStrategy, configuration: DeploymentConfiguration): number {
  const { linearConfiguration, canaryConfiguration } = configuration;
  if (strategy === "LINEAR") return linearConfiguration?.stepBakeTimeInMinutes ?? LINEAR_DEFAULTS.stepBakeTimeInMinutes;
  if (strategy === "BLUE_GREEN") return 0;
  return canaryConfiguration?.canaryBakeTimeInMinutes ?? CANARY_DEFAULTS.canaryBakeTimeInMinutes;
}

/**
 * The stage as DescribeServiceDeployments has it: hooks before a shift of production traffic have none of their own,
 * so it is the one before it or, between two steps, the shift.
 */
export function shownStage({ stage, production, source }: Lifecycle): ServiceDeploymentLifecycleStage {
  if (stage !== "PRE_PRODUCTION_TRAFFIC_SHIFT") return stage;
  return production > 0 && source !== undefined ? "PRODUCTION_TRAFFIC_SHIFT" : "POST_TEST_TRAFFIC_SHIFT";
}

/** `lifecycleHookDetails` of a service deployment: the hooks of the stage that it is in. */
export function shownHooks({ hooks = [] }: Lifecycle): DeploymentLifecycleHookDetailInResource[] {
  return hooks.map(({ id, targetType, targetArn, status, expiresAt, timeoutAction }) => ({
    hookId: id,
    targetType,
    ...(targetArn !== undefined && { targetArn }),
    status,
    expiresAt,
    timeoutAction,
  }));
}

/** Whether it waits for something or somebody still. */
export function isOpen({ status }: LifecycleHook): boolean {
  return status === "AWAITING_ACTION" || status === "IN_PROGRESS";
}

/** Whether it goes through the stages in which new tasks stand beside old ones, and neither may replace the other. */
export function isShifting({ status, lifecycle }: Rollout): boolean {
  return status === "IN_PROGRESS" && lifecycle !== undefined && lifecycle.stage !== "CLEAN_UP";
}

/** Whether no task of the new service revision is to be started yet. */
export function isBeforeScaleUp({ stage }: Lifecycle): boolean {
  return stage === "RECONCILE_SERVICE" || stage === "PRE_SCALE_UP";
}
