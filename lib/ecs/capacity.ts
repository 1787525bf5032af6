import type { CapacityProviderStrategyItem, LaunchType } from "#model/generated/types.generated.ts";
import { splitTasks } from "./capacity-split.ts";
import { shortHash } from "./labels.ts";

/** What a task's spec, or a service's, says about the infrastructure it wants. */
export interface CapacityWish {
  readonly launchType?: LaunchType;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  readonly platformVersion?: string;
}

/** The infrastructure that a task counts as running on, in ECS's terms. */
export interface Capacity {
  readonly launchType: LaunchType;
  readonly capacityProviderName?: string;
  readonly platformVersion?: string;
  readonly platformFamily?: string;
}

const FARGATE_PROVIDERS: ReadonlySet<string> = new Set(["FARGATE", "FARGATE_SPOT"]);
/** What `LATEST` means on Linux. */
const PLATFORM_VERSION = "1.4.0";

/** True for the capacity providers that ECS itself offers. */
export function isFargateProvider(name: string): boolean {
  return FARGATE_PROVIDERS.has(name);
}

/**
 * Launch type, capacity provider and platform of one task. Of several capacity providers a task gets one by their
 * weights, always the same for the same task.
 * @param taskId decides between capacity providers.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
 */
export function capacityOf(wish: CapacityWish, taskId: string): Capacity {
  const name = providerOf(wish.capacityProviderStrategy ?? [], taskId);
  const fargate = name === undefined ? wish.launchType === "FARGATE" : isFargateProvider(name);
  const version = wish.platformVersion ?? "LATEST";
  return {
    launchType: fargate ? "FARGATE" : ((name === undefined ? wish.launchType : undefined) ?? "EC2"),
    ...(name !== undefined && { capacityProviderName: name }),
    ...(fargate && {
      platformVersion: version === "LATEST" ? PLATFORM_VERSION : version,
      platformFamily: "Linux",
    }),
  };
}

/** The capacity provider of a task that is started by itself. */
function providerOf(strategy: readonly CapacityProviderStrategyItem[], taskId: string): string | undefined {
  // Asked at each change of a task: without a choice there is nothing to hash for.
  return strategy.length === 0 ? undefined : splitTasks(1, strategy, pointOf(taskId))[0];
}

/** A number from 0 up to, not including, 1 that is always the same for the same text. */
export function pointOf(text: string): number {
  return Number.parseInt(shortHash(text), 16) / 2 ** 32;
}
