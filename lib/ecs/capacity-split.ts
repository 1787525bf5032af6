import type { CapacityProviderStrategyItem } from "#model/generated/types.generated.ts";

type Strategy = readonly CapacityProviderStrategyItem[];

/**
 * The capacity providers of a number of tasks that start together: first those of the base, then shares by weight.
 * A provider gets its share rounded down or up; which, `point` decides such that over many calls, also of one task
 * each, the shares are exact.
 * @param point from 0 up to, not including, 1.
 * @returns one name for each task; empty without a strategy.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
 */
export function splitTasks(count: number, strategy: Strategy, point: number): string[] {
  const based = strategy.flatMap(({ capacityProvider, base = 0 }) =>
    Array.from({ length: Math.min(base, count) }, () => capacityProvider),
  );
  const tasks = based.slice(0, count);
  const left = count - tasks.length;
  const weights = weightsOf(strategy);
  const total = sum(weights.map(({ weight }) => weight));
  let before = 0;
  for (const { capacityProvider, weight } of weights) {
    const after = before + weight;
    const share = Math.floor((left * after) / total + point) - Math.floor((left * before) / total + point);
    tasks.push(...Array.from({ length: share }, () => capacityProvider));
    before = after;
  }
  return tasks;
}

/**
 * The capacity provider of a service's next task: the base's until that has its tasks, then the one that is furthest
 * behind its share of the others.
 * @param counts of the tasks that there are, by name of their provider.
 * @returns undefined without a strategy.
 */
export function nextProvider(strategy: Strategy, counts: ReadonlyMap<string, number>): string | undefined {
  const countOf = (name: string): number => counts.get(name) ?? 0;
  const lacking = strategy.find(({ capacityProvider, base = 0 }) => countOf(capacityProvider) < base);
  if (lacking !== undefined) return lacking.capacityProvider;
  const weights = weightsOf(strategy).map(({ capacityProvider, weight, base = 0 }) => ({
    capacityProvider,
    weight,
    beyondBase: countOf(capacityProvider) - base,
  }));
  const total = sum(weights.map(({ weight }) => weight));
  const tasks = 1 + sum(weights.map(({ beyondBase }) => beyondBase));
  const behind = weights.map(({ capacityProvider, weight, beyondBase }) => ({
    capacityProvider,
    lack: (tasks * weight) / total - beyondBase,
  }));
  return behind.toSorted((a, b) => b.lack - a.lack)[0]?.capacityProvider;
}

/** Those that get tasks by their weight. Of a single provider without one, all are its. */
function weightsOf(strategy: Strategy): (CapacityProviderStrategyItem & { weight: number })[] {
  const weighted = strategy.flatMap((item) => ((item.weight ?? 0) > 0 ? [{ ...item, weight: item.weight ?? 0 }] : []));
  return weighted.length > 0 ? weighted : strategy.slice(0, 1).map((item) => ({ ...item, weight: 1 }));
}

/** Whether all tasks of a strategy have the same provider, and which; undefined where they may have several. */
export function onlyProvider(strategy: Strategy): string | undefined {
  const used = new Set([
    ...strategy.flatMap(({ capacityProvider, base = 0 }) => (base > 0 ? [capacityProvider] : [])),
    ...weightsOf(strategy).map(({ capacityProvider }) => capacityProvider),
  ]);
  return used.size === 1 ? [...used][0] : undefined;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
