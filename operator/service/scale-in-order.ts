import { nextProvider, onlyProvider } from "#lib/ecs/capacity-split.ts";
import type { CapacityProviderStrategyItem } from "#model/generated/types.generated.ts";
import type { ServiceTask } from "./state.ts";

/**
 * In which order tasks over several capacity providers are to stay when fewer are wanted: what is left has the base and
 * the weights again.
 * @param tasks oldest first.
 * @returns by id a place from 1 on within the task's ReplicaSet, the highest to go first; empty where one provider has all.
 */
export function scaleInOrder(
  tasks: readonly ServiceTask[],
  strategy: readonly CapacityProviderStrategyItem[],
): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  if (strategy.length === 0 || onlyProvider(strategy) !== undefined) return places;
  const live = tasks.filter(({ phase }) => phase === "RUNNING" || phase === "PENDING");
  for (const group of Map.groupBy(live, ({ replicaSet }) => replicaSet).values()) {
    orderOf(group, strategy).forEach(({ id }, index) => places.set(id, index + 1));
  }
  return places;
}

/** As the strategy would have started them; once it asks for a provider that has no more, the others by age. */
function orderOf(tasks: readonly ServiceTask[], strategy: readonly CapacityProviderStrategyItem[]): ServiceTask[] {
  const queues = Map.groupBy(tasks, ({ capacityProvider }) => capacityProvider);
  const counts = new Map<string, number>();
  const order: ServiceTask[] = [];
  for (;;) {
    const provider = nextProvider(strategy, counts);
    const count = counts.get(provider ?? "") ?? 0;
    const task = queues.get(provider)?.[count];
    if (task === undefined || provider === undefined) break;
    counts.set(provider, count + 1);
    order.push(task);
  }
  const ordered = new Set(order);
  return [...order, ...tasks.filter((task) => !ordered.has(task))];
}
