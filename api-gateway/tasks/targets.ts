import { pointOf } from "#lib/ecs/capacity.ts";
import { splitTasks } from "#lib/ecs/capacity-split.ts";
import type { LaunchTarget } from "./launch.ts";

/**
 * Where each task of one call runs: a strategy is divided among them, and each is told the one provider that it has.
 * @param ids of the tasks; the same ids always give the same.
 */
export function targetsOf(target: LaunchTarget, ids: readonly string[]): LaunchTarget[] {
  const { capacityProviderStrategy: strategy = [] } = target;
  if (strategy.length === 0) return ids.map(() => target);
  return splitTasks(ids.length, strategy, pointOf(ids.join())).map((capacityProvider) => ({
    capacityProviderStrategy: [{ capacityProvider, weight: 1 }],
  }));
}
