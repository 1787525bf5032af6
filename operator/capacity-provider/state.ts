import type { NodePool } from "#lib/ecs/node-pool.ts";
import type { ECSCapacityProvider } from "#model/generated/resources.generated.ts";

/** All that is known about one capacity provider when it is reconciled: plain data. */
export interface CapacityProviderState {
  readonly provider: ECSCapacityProvider;
  /** ECS name. */
  readonly name: string;
  readonly pool: NodePool;
  readonly nodeCount: number;
  /** An older resource (its name) that is the provider of that name. */
  readonly elder?: string;
}
