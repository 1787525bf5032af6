import { LRUCache } from "lru-cache";
import { LABELS } from "#lib/ecs/labels.ts";
import type { ECSTask, ECSTaskStatus } from "#model/generated/resources.generated.ts";

/** Most tasks run before this time is over, and what is written of them then says all that came before. */
const HELD_MS = 250;
/** Tasks that begin at the same time and are remembered; of others each step is written. */
const MOST_TASKS = 20_000;

/**
 * Holds back the first states of a service's tasks that start as they should: with many at once, writing that each is
 * PROVISIONING and then PENDING would take longer than they take to start. Everything else is written at once.
 */
export class FirstSteps {
  private readonly since = new LRUCache<string, number>({ max: MOST_TASKS });

  /** @returns for how many milliseconds `status` need not be written; 0 where it is to be written now. */
  heldMs({ metadata, status: before }: ECSTask, status: ECSTaskStatus, now: Date): number {
    const ofService = metadata.labels?.[LABELS.service] !== undefined;
    if (!ofService || before?.lastStatus !== undefined || !isFirstStep(status)) return 0;
    const { uid = "" } = metadata;
    const since = this.since.get(uid);
    if (since === undefined) {
      this.since.set(uid, now.getTime());
      return HELD_MS;
    }
    return Math.max(0, since + HELD_MS - now.getTime());
  }
}

function isFirstStep({ lastStatus, desiredStatus, conditions = [] }: ECSTaskStatus): boolean {
  if (lastStatus !== "PROVISIONING" && lastStatus !== "PENDING") return false;
  return (
    desiredStatus === "RUNNING" && conditions.every(({ status, reason }) => status !== "True" || reason === "Starting")
  );
}
