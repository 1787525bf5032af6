import { onlyProvider } from "#lib/ecs/capacity-split.ts";
import type { NodePool } from "#lib/ecs/node-pool.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { missingProvider, poolOf } from "../capacity-provider/pools.ts";
import type { Deps } from "../deps.ts";
import type { Problem } from "./problem.ts";

/** On which nodes a service's tasks run. */
export interface ServiceCapacity {
  readonly pool?: NodePool;
  /** The one capacity provider of all its tasks. */
  readonly capacityProvider?: string;
  /** Each task is given its capacity provider when its Pod is there. */
  readonly undecided?: boolean;
  readonly problem?: Problem;
}

/** What a service's launch type or capacity provider strategy comes to. */
export function serviceCapacity(service: ECSService, deps: Pick<Deps, "informers">): ServiceCapacity {
  const strategy = service.spec.capacityProviderStrategy ?? [];
  if (strategy.length === 0) return service.spec.launchType === "FARGATE" ? withPool("FARGATE", deps) : {};
  const problem = missingProvider(strategy, deps);
  if (problem !== undefined) return { problem };
  const capacityProvider = onlyProvider(strategy);
  return capacityProvider === undefined
    ? { undecided: true }
    : { ...withPool(capacityProvider, deps), capacityProvider };
}

function withPool(name: string, deps: Pick<Deps, "informers">): ServiceCapacity {
  const pool = poolOf(name, deps);
  return pool === undefined ? {} : { pool };
}
