import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { ECSService, ECSServiceStatus } from "#model/generated/resources.generated.ts";
import type { NewEvent } from "./events.ts";
import { Lately } from "../lately.ts";

/** Least time between two writes that only count, of one service and where many services change at once. */
const PACE_MS = 1_000;
const SLOWEST_PACE_MS = 60_000;
/** Of all services: as long as each of those that change takes its turn of this length. */
const TURN_MS = 500;
const MOST_SERVICES = 20_000;
const COUNTING: ReadonlySet<NewEvent["reason"]> = new Set(["TasksStarted", "TasksStopped"]);

/**
 * Paces what is written of a service while its tasks come and go: a status that differs from the one before only in how
 * many run waits until a second has passed since the last, longer where more than two services change at once: the
 * writes would take the API server's time from the tasks. What anyone waits for (a rollout's state, a failure, the
 * steady state, a new wish) is written at once.
 */
export class PacedWrites {
  private readonly last = new LRUCache<string, number>({ max: MOST_SERVICES });
  private readonly changing = new Lately(SLOWEST_PACE_MS);

  /** @returns for how many milliseconds `status` need not be written; 0 where it is to be written now. */
  heldMs(service: ECSService, status: ECSServiceStatus, events: readonly NewEvent[], now: Date): number {
    const last = this.last.get(service.metadata.uid ?? "");
    if (last === undefined || !onlyCounts(service.status ?? {}, status, events)) return 0;
    return Math.max(0, last + this.paceMs(now) - now.getTime());
  }

  written({ metadata: { uid = "" } }: ECSService, now: Date): void {
    this.last.set(uid, now.getTime());
    this.changing.note(uid, now);
  }

  private paceMs(now: Date): number {
    return Math.min(SLOWEST_PACE_MS, Math.max(PACE_MS, this.changing.count(now) * TURN_MS));
  }
}

/** Whether a status says no more than the one before about anything but the number of tasks. */
function onlyCounts(before: ECSServiceStatus, status: ECSServiceStatus, events: readonly NewEvent[]): boolean {
  return (
    events.every(({ reason }) => COUNTING.has(reason)) &&
    isDeepStrictEqual(withoutCounts(before), withoutCounts(status))
  );
}

function withoutCounts(of: ECSServiceStatus): unknown {
  const { deployments = [], conditions = [], currentServiceRevisions = [], ...status } = of;
  const { runningCount: _running, pendingCount: _pending, events: _events, ...others } = status;
  const rest: unknown = JSON.parse(JSON.stringify(others)); // members that are undefined are not there
  return {
    rest,
    revisions: currentServiceRevisions.map(({ arn, requestedTaskCount }) => [arn, requestedTaskCount]),
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
