import type { Identity } from "#lib/ecs/arns.ts";
import { backoffMs, pause } from "#lib/kube/clock.ts";
import type { Logger } from "#lib/log.ts";
import { changesAfter } from "../changes-after.ts";
import { historyHead, Wake } from "../event-stream.ts";
import { type HistoryEntry, historyEntry } from "../history.ts";
import type { Reader, ResultRow, Runner, Transactor } from "../repository.ts";
import { dateOf } from "../session.ts";
import type { ProjectedResource } from "../tables.ts";
import { attempt, type Outcome } from "./attempt.ts";
import { type AwsEvent, awsEventsOf } from "./aws-events.ts";
import type { WebhookConfig } from "./webhook-config.ts";
import type { WebhookMetrics } from "./webhook-metrics.ts";

export interface TargetOptions {
  readonly store: Reader & Transactor<Runner>;
  readonly identity: Identity;
  readonly log: Logger;
  readonly metrics: WebhookMetrics;
  /** Calls back after each commit; gives the way to end that. */
  readonly onCommit: (listener: () => void) => () => void;
  readonly signal: AbortSignal;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** Bounds of what a target may keep from its receiver; beyond, the oldest goes. */
export const MAX_DEAD_LETTERS = 10_000;
const PAGE = 100;
/** Between two writes of the position, while events flow: after kill -9 so much of them may be sent again. */
const SAVE_EVERY_MS = 500;
const IDLE_MS = 60_000;
const BACKOFF = { baseMs: 1_000, maxMs: 300_000 };

/** A receiver that gets its events one after another, each until it has taken it or it is a dead letter. */
export class WebhookTarget {
  readonly config: WebhookConfig;
  /** What was wrong with the last attempt, where it failed. */
  lastError: string | undefined;
  readonly #options: TargetOptions;
  #epoch = "";
  #position = "0";
  #saved = "0";
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(config: WebhookConfig, options: TargetOptions) {
    this.config = config;
    this.#options = options;
  }

  /** The last change in the history of which everything is delivered. */
  get position(): string {
    return this.#position;
  }

  /** Delivers until the signal. */
  async run(): Promise<void> {
    const { signal, log, onCommit } = this.#options;
    const wake = new Wake(onCommit, signal);
    try {
      for (let failures = 0; !signal.aborted;) {
        try {
          if (await this.#deliverPage()) await wake.next(IDLE_MS);
          failures = 0;
        } catch (error) {
          log.error("Webhook cannot read or keep its place", { webhook: this.config.name, error });
          await pause(backoffMs(failures++, BACKOFF), signal);
        }
      }
      await this.#save().catch((error: unknown) =>
        log.warn("Webhook's last place is not kept", { webhook: this.config.name, error }),
      );
    } finally {
      wake.end();
    }
  }

  /** Since when the oldest change that it has not got waits; undefined where there is none. */
  async waitingSince(): Promise<Date | undefined> {
    const [row] = await this.#options.store.read("oldest_change_after", { after: this.#position });
    return dateOf(row?.["changed_at"]);
  }

  /** True when there was no more. */
  async #deliverPage(): Promise<boolean> {
    const { store, signal } = this.#options;
    await this.#findPlace();
    const rows = await changesAfter(store, this.#position, PAGE);
    for (const row of rows) {
      for (const event of this.#wanted(row)) {
        if (!(await this.#deliver(event))) return false;
      }
      this.#position = String(row["position"]);
      if (performance.now() - this.#savedAt > SAVE_EVERY_MS) await this.#save();
      if (signal.aborted) return false;
    }
    if (rows.length < PAGE) await this.#save();
    return rows.length < PAGE;
  }

  /** A target that is new, or whose history has begun anew, gets what happens from now on. */
  async #findPlace(): Promise<void> {
    const { store } = this.#options;
    const { epoch, head } = await historyHead(store);
    if (epoch === this.#epoch) return;
    const [row] = await store.read("webhook_position", { target: this.config.name, epoch });
    this.#epoch = epoch;
    this.#position = row === undefined ? head : String(row["position"]);
    this.#saved = row === undefined ? "" : this.#position;
    await this.#save();
  }

  #wanted(row: ResultRow): AwsEvent[] {
    const { previous } = row;
    const entry = historyEntry(row);
    if (isOlderThan(entry, Number(this.#epoch))) return [];
    const before = typeof previous === "string" ? (JSON.parse(previous) as ProjectedResource) : undefined;
    return awsEventsOf(entry, before, this.#options.identity).filter(this.config.matches);
  }

  /** False when the signal came first. */
  async #deliver(event: AwsEvent): Promise<boolean> {
    const { signal, metrics, backoff = BACKOFF } = this.#options;
    const { name, maximumRetryAttempts, maximumEventAgeInSeconds } = this.config;
    for (let attempts = 1; ; attempts++) {
      const outcome = await attempt(this.config, event, signal);
      if (signal.aborted && outcome.result !== "sent") return false;
      metrics.attempted(name, outcome.result);
      this.lastError = outcome.result === "sent" ? undefined : outcome.reason;
      if (outcome.result === "sent") return true;
      const waitMs = Math.max(
        backoffMs(attempts - 1, backoff),
        Math.min(outcome.result === "failed" ? (outcome.retryAfterMs ?? 0) : 0, backoff.maxMs),
      );
      const ageMs = Date.now() - Date.parse(event.time);
      const isOver = attempts > maximumRetryAttempts || ageMs + waitMs > maximumEventAgeInSeconds * 1000;
      if (outcome.result === "refused" || isOver) {
        await this.#giveUp(event, attempts, outcome);
        return true;
      }
      await pause(waitMs, signal);
      if (signal.aborted) return false;
    }
  }

  async #giveUp(event: AwsEvent, attempts: number, outcome: Exclude<Outcome, { result: "sent" }>): Promise<void> {
    const { store, log, metrics } = this.#options;
    const target = this.config.name;
    const { reason } = outcome;
    let dropped = 0;
    await store.write(async (transaction) => {
      await addDeadLetter(transaction, { target, event, attempts, reason });
      const surplus = await transaction.run("delete_surplus_dead_letters", { target, keep: MAX_DEAD_LETTERS });
      dropped = surplus.length;
    });
    metrics.gaveUp(target, dropped);
    log.warn("Event is given up: it is a dead letter now", { webhook: target, event: event.id, attempts, reason });
  }

  async #save(): Promise<void> {
    this.#savedAt = performance.now();
    const position = this.#position;
    if (position === this.#saved || this.#epoch === "") return;
    const target = this.config.name;
    await this.#options.store.write(async (transaction) => {
      await transaction.run("delete_webhook_position", { target });
      await transaction.run("add_webhook_position", { target, epoch: this.#epoch, position, now: new Date() });
    });
    this.#saved = position;
  }
}

/** What was there before the history began and was found by its first list: nothing has happened then. */
function isOlderThan({ source, change, object }: HistoryEntry, epochMs: number): boolean {
  return source === "relist" && change === "ADDED" && Date.parse(object.metadata.creationTimestamp ?? "") < epochMs;
}

interface DeadLetter {
  readonly target: string;
  readonly event: AwsEvent;
  readonly attempts: number;
  readonly reason: string;
}

/** Adds a dead letter, in the place of an earlier one of the same event. */
export async function addDeadLetter(transaction: Runner, letter: DeadLetter): Promise<void> {
  const { target, event, attempts, reason } = letter;
  await transaction.run("delete_dead_letter", { target, event_id: event.id });
  await transaction.run("add_dead_letter", {
    target,
    event_id: event.id,
    event: JSON.stringify(event),
    event_time: new Date(event.time),
    attempts,
    reason: reason.slice(0, 1000),
    now: new Date(),
  });
}
