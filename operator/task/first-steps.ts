import { LRUCache } from "lru-cache";
import { LABELS } from "#lib/ecs/labels.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSTask, ECSTaskStatus } from "#model/generated/resources.generated.ts";

/** Most tasks run before this time is over, and what is written of them then says all that came before. */
const HELD_MS = 250;
/** Where more begin at once they take longer, and the writes longer still: so long for each of them. */
const HELD_FOR_EACH_MS = 60;
/** A task of which nothing is written is shown as PROVISIONING: writing that tells nobody anything new. */
const LONGEST_HELD_MS = { PROVISIONING: 600_000, PENDING: 60_000 };
/** Tasks that begin at the same time and are remembered; of others each step is written. */
const MOST_TASKS = 20_000;

type FirstStep = keyof typeof LONGEST_HELD_MS;

interface Waiting {
  readonly step: FirstStep;
  /** Milliseconds of the epoch at which it was first seen in that step. */
  readonly since: number;
}

/**
 * Holds back the first states of a service's tasks that start as they should: with many at once, writing that each is
 * PROVISIONING and then PENDING would take longer than they take to start. Everything else is written at once.
 */
export class FirstSteps {
  /** Keys of those that wait. */
  private readonly waiting = new LRUCache<string, Waiting>({ max: MOST_TASKS });

  /** @returns for how many milliseconds `status` need not be written; 0 where it is to be written now. */
  heldMs(task: ECSTask, status: ECSTaskStatus, now: Date): number {
    const key = keyOf(refOf(task));
    const { metadata, status: before } = task;
    const ofService = metadata.labels?.[LABELS.service] !== undefined;
    const step = ofService && before?.lastStatus === undefined ? firstStepOf(status) : undefined;
    const waitMs = step === undefined ? 0 : this.waitMs(key, step, now);
    if (waitMs <= 0) this.forget(key);
    return Math.max(0, waitMs);
  }

  /** That task is gone or waits no more, and makes the others wait no longer. */
  forget(key: string): void {
    this.waiting.delete(key);
  }

  private waitMs(key: string, step: FirstStep, now: Date): number {
    const known = this.waiting.get(key);
    const since = known?.step === step ? known.since : now.getTime();
    this.waiting.set(key, { step, since });
    const heldMs = Math.min(LONGEST_HELD_MS[step], Math.max(HELD_MS, this.waiting.size * HELD_FOR_EACH_MS));
    return since + heldMs - now.getTime();
  }
}

function firstStepOf({ lastStatus, desiredStatus, conditions = [] }: ECSTaskStatus): FirstStep | undefined {
  if (lastStatus !== "PROVISIONING" && lastStatus !== "PENDING") return undefined;
  const starts =
    desiredStatus === "RUNNING" && conditions.every(({ status, reason }) => status !== "True" || reason === "Starting");
  return starts ? lastStatus : undefined;
}
