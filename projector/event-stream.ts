import type { Identity } from "#lib/ecs/arns.ts";
import { changesAfter } from "./changes-after.ts";
import { type EcsEvent, eventsOf } from "./events.ts";
import { historyEntry } from "./history.ts";
import type { Reader, ResultRow } from "./repository.ts";

import type { ProjectedResource } from "./tables.ts";

/** An event with its place, which a reader that comes back names. */
export interface PlacedEvent extends EcsEvent {
  /** `<history>-<position>.<number within the change>` */
  readonly id: string;
}

/** What a reader gets: an event, word that the history it has read is gone and another begins, or a sign of life. */
export type StreamItem = PlacedEvent | "reset" | "idle";

export interface EventStreamOptions {
  readonly store: Reader;
  readonly identity: Identity;
  /** Calls back after each commit; gives the way to end that. */
  readonly onCommit: (listener: () => void) => () => void;
  readonly signal: AbortSignal;
}

interface Place {
  readonly position: string;
  /** Events of the change at that position that are known already. */
  readonly known: number;
}

const PAGE = 200;
/** Commits within this time are read together. */
const GATHER_MS = 100;
/** A sign of life comes after so long without commits. */
const IDLE_MS = 15_000;

/**
 * Events as they are committed, until `signal` aborts.
 * @param lastId id of the last event that the reader has; without one it gets what comes from now on
 * @throws what the database says when it cannot be read
 */
export async function* eventStream(
  { store, identity, onCommit, signal }: EventStreamOptions,
  lastId: string | undefined,
): AsyncGenerator<StreamItem> {
  const wake = new Wake(onCommit, signal);
  try {
    const { epoch, head } = await historyHead(store);
    const place = lastId === undefined ? { position: head, known: 0 } : placeOf(lastId, epoch, head);
    if (place === undefined) yield "reset";
    let { position, known } = place ?? { position: "0", known: 0 };
    // Of the change where the reader stopped it may not have all events yet.
    if (known > 0) position = String(BigInt(position) - 1n);
    while (!signal.aborted) {
      const rows = await changesAfter(store, position, PAGE);
      for (const row of rows) {
        yield* placed(row, epoch, identity).slice(known);
        position = String(row["position"]);
        known = 0;
      }
      if (rows.length < PAGE && !(await wake.next(IDLE_MS))) yield "idle";
    }
  } finally {
    wake.end();
  }
}

/** The events of a change, with their places. */
function placed(row: ResultRow, epoch: string, identity: Identity): PlacedEvent[] {
  const entry = historyEntry(row);
  const { previous } = row;
  const before = typeof previous === "string" ? (JSON.parse(previous) as ProjectedResource) : undefined;
  return eventsOf(entry, before, identity).map((event, index) => ({
    ...event,
    id: `${epoch}-${entry.position}.${index + 1}`,
  }));
}

/** Which history it is, and its last change. */
export async function historyHead(store: EventStreamOptions["store"]): Promise<{ epoch: string; head: string }> {
  const [row] = await store.read("history_head");
  return { epoch: String(row?.["epoch"]), head: String(row?.["head"] ?? 0) };
}

/** Undefined for a place in another history. */
function placeOf(id: string, epoch: string, head: string): Place | undefined {
  const match = /^(\d{1,15})-(\d{1,18})\.(\d{1,4})$/.exec(id);
  const [, of, position = "0", known = "0"] = match ?? [];
  return of === epoch && BigInt(position) <= BigInt(head) ? { position, known: Number(known) } : undefined;
}

/** Waits for the next commit after the last call. */
export class Wake {
  #woken = false;
  #resolve: () => void = () => undefined;
  readonly #signal: AbortSignal;
  readonly #stop: () => void;
  readonly #wake = (): void => {
    this.#woken = true;
    this.#resolve();
  };

  constructor(onCommit: EventStreamOptions["onCommit"], signal: AbortSignal) {
    this.#signal = signal;
    this.#stop = onCommit(this.#wake);
    signal.addEventListener("abort", this.#wake, { once: true });
  }

  /** False when `timeoutMs` passed without a commit. */
  async next(timeoutMs: number): Promise<boolean> {
    if (!this.#woken) {
      const timer = setTimeout(() => this.#resolve(), timeoutMs);
      await new Promise<void>((resolve) => (this.#resolve = resolve));
      clearTimeout(timer);
      if (!this.#woken) return false;
    }
    if (!this.#signal.aborted) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    this.#woken = false;
    return true;
  }

  end(): void {
    this.#stop();
    this.#signal.removeEventListener("abort", this.#wake);
  }
}
