import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { ECSService, ECSServiceStatus } from "#model/generated/resources.generated.ts";
import type { NewEvent } from "./events.ts";

/** Least time between two writes that only count. */
const PACE_MS = 1_000;
const MOST_SERVICES = 20_000;
const COUNTING: ReadonlySet<NewEvent["reason"]> = new Set(["TasksStarted", "TasksStopped"]);

/**
 * Paces what is written of a service while its tasks come and go: a status that differs from the one before only in how
 * many run waits until a second has passed since the last. What anyone waits for (a rollout's state, a failure, the
 * steady state, a new wish) is written at once.
 */
export class PacedWrites {
  private readonly last = new LRUCache<string, number>({ max: MOST_SERVICES });

  /** @returns for how many milliseconds `status` need not be written; 0 where it is to be written now. */
  heldMs(service: ECSService, status: ECSServiceStatus, events: readonly NewEvent[], now: Date): number {
    const last = this.last.get(service.metadata.uid ?? "");
    if (last === undefined || !onlyCounts(service.status ?? {}, status, events)) return 0;
    return Math.max(0, last + PACE_MS - now.getTime());
  }

  written({ metadata }: ECSService, now: Date): void {
    this.last.set(metadata.uid ?? "", now.getTime());
  }
}

/** Whether a status says no more than the one before about anything but the number of tasks. */
function onlyCounts(before: ECSServiceStatus, status: ECSServiceStatus, events: readonly NewEvent[]): boolean {
  return (
    events.every(({ reason }) => COUNTING.has(reason)) &&
    isDeepStrictEqual(withoutCounts(before), withoutCounts(status))
  );
}

function withoutCounts({ deployments = [], conditions = [], ...status }: ECSServiceStatus): unknown {
  const { runningCount: _running, pendingCount: _pending, events: _events, ...others } = status;
  const rest: unknown = JSON.parse(JSON.stringify(others)); // members that are undefined are not there
  return {
    rest,
    deployments: deployments.map(({ id, status: state, rolloutState, desiredCount, failedTasks }) => [
      id,
      state,
      rolloutState,
      desiredCount,
      failedTasks,
    ]),
    conditions: conditions.map(({ type, status: holds, reason }) => [type, holds, reason]),
  };
}
