import type { CapacityProviderStrategyItem } from "#model/generated/types.generated.ts";
import { isInPool, type NodePool, nodePoolOf, oldestProvider } from "#lib/ecs/node-pool.ts";
import { type Deps, INDEX } from "../deps.ts";

type Caches = Pick<Deps, "informers">;

/** The nodes of a capacity provider; undefined where there is no such provider. */
export function poolOf(name: string, { informers }: Caches): NodePool | undefined {
  return nodePoolOf(name, oldestProvider(informers.capacityProviders.byIndex(INDEX.providerName, name)));
}

/** The first capacity provider of a strategy that is not there, in ECS's words. */
export function missingProvider(
  strategy: readonly CapacityProviderStrategyItem[],
  caches: Caches,
): { readonly reason: string; readonly message: string } | undefined {
  const missing = strategy.find(({ capacityProvider }) => poolOf(capacityProvider, caches) === undefined);
  if (missing === undefined) return undefined;
  const message = `The specified capacity provider ${missing.capacityProvider} was not found. It is used as soon as it is created.`;
  return { reason: "CapacityProviderNotFound", message };
}

/** Whether a pool has a node at all. */
export function hasNodes(pool: NodePool, { informers }: Caches): boolean {
  return informers.nodes.list().some((node) => isInPool(node, pool));
}
