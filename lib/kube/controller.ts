import { setImmediate as turn } from "node:timers/promises";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { systemClock, type Clock } from "./clock.ts";
import { isConflict } from "./errors.ts";
import { controllerMetrics, type ControllerMetrics, type ReconcileResult } from "./metrics.ts";
import { keyOf, parseKey, type ObjectRef } from "./resources.ts";
import { WorkQueue, type WorkQueueOptions } from "./workqueue.ts";

export interface ReconcileOutcome {
  /** Come round again after this, though all went well; left out: when something changes. */
  requeueAfterMs?: number | undefined;
}

/**
 * Brings the world to what one object asks for, whatever happened: it reads the present state anew, so that missed
 * and repeated calls do no harm. Throwing means: again, later and later.
 */
export type Reconcile = (key: ObjectRef, signal: AbortSignal) => Promise<ReconcileOutcome | void>;

/** Trying again cannot help until the object changes: logged, counted, not retried. */
export class TerminalError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "TerminalError";
  }
}

/** Nothing is wrong, but there is something to wait for: again after `afterMs`, not a failure. */
export class WaitError extends Error {
  readonly afterMs: number;

  constructor(afterMs: number, reason: string) {
    super(reason);
    this.name = "WaitError";
    this.afterMs = afterMs;
  }
}

export interface ControllerOptions {
  /** Names it in logs and metrics. */
  name: string;
  reconcile: Reconcile;
  /** Keys worked on at a time; one key never twice at a time. */
  concurrency?: number | undefined;
  /** What must have resolved before the first key is worked on: the caches' `synced`. */
  waitFor?: readonly Promise<unknown>[] | undefined;
  /** Limit for one reconcile: its signal aborts then. */
  timeoutMs?: number | undefined;
  queue?: Omit<WorkQueueOptions, "clock" | "onDepth" | "onRetry"> | undefined;
  log?: Logger | undefined;
  metrics?: Metrics | undefined;
  clock?: Clock | undefined;
}

export interface Controller {
  /** Wants an object reconciled, now or after a while. */
  enqueue(key: ObjectRef | string, afterMs?: number): void;
  /** Begins to work, until `signal` aborts; once only. */
  start(signal: AbortSignal): void;
  /** Resolves when, after the abort, the reconciles in hand have ended; rejects if a cache never synced. */
  readonly stopped: Promise<void>;
}

const CONCURRENCY = 4;
const TIMEOUT_MS = 120_000;

/** Workers that take keys from a queue of their own and reconcile them. */
export function controller(options: ControllerOptions): Controller {
  return new QueueController(options);
}

class QueueController implements Controller {
  readonly stopped: Promise<void>;
  private readonly end = Promise.withResolvers<void>();
  private readonly options: ControllerOptions;
  private readonly queue: WorkQueue;
  private readonly clock: Clock;
  private readonly metrics: ControllerMetrics | undefined;
  private started = false;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.metrics = options.metrics && controllerMetrics(options.metrics, options.name);
    this.queue = new WorkQueue({
      ...options.queue,
      clock: this.clock,
      onDepth: (depth) => this.metrics?.depth(depth),
      onRetry: () => this.metrics?.retried(),
    });
    this.stopped = this.end.promise;
    this.stopped.catch(() => undefined); // nobody need wait for it
  }

  enqueue(key: ObjectRef | string, afterMs = 0): void {
    this.queue.addAfter(typeof key === "string" ? key : keyOf(key), afterMs);
  }

  start(signal: AbortSignal): void {
    if (this.started) throw new Error(`the controller ${this.options.name} runs already`);
    this.started = true;
    this.run(signal).then(this.end.resolve, this.end.reject);
  }

  private async run(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const stop = (): void => {
      void this.queue.shutDown();
      aborted.resolve();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await Promise.race([Promise.all(this.options.waitFor ?? []), aborted.promise]);
    } catch (error) {
      await this.queue.shutDown();
      if (!signal.aborted) throw error;
    }
    const workers = Array.from({ length: this.options.concurrency ?? CONCURRENCY }, () => this.work(signal));
    await Promise.all(workers);
  }

  private async work(signal: AbortSignal): Promise<void> {
    for (let key = await this.queue.take(); key !== undefined; key = await this.queue.take()) {
      const startedAt = this.clock.monotonic();
      const result = await this.reconcile(key, signal);
      this.queue.done(key);
      this.metrics?.reconciled(result, (this.clock.monotonic() - startedAt) / 1000);
      // One that finds nothing to do waits for nothing: a long queue of such keys would leave no turn to anything else.
      await turn();
    }
  }

  private async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const own = new AbortController();
    const stop = (): void => own.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const cancel = this.clock.after(timeoutMs, () => {
      own.abort(new Error(`the reconcile took longer than ${timeoutMs / 1000} s`));
    });
    try {
      const outcome = await this.options.reconcile(parseKey(key), own.signal);
      this.queue.forget(key);
      if (outcome?.requeueAfterMs === undefined) return "success";
      this.queue.addAfter(key, outcome.requeueAfterMs);
      return "requeue";
    } catch (error) {
      return signal.aborted ? "aborted" : this.failed(key, error);
    } finally {
      cancel();
      signal.removeEventListener("abort", stop);
    }
  }

  private failed(key: string, error: unknown): ReconcileResult {
    const { log, name } = this.options;
    if (error instanceof WaitError) {
      this.queue.forget(key);
      this.queue.addAfter(key, error.afterMs);
      log?.debug("reconcile waits", { controller: name, key, reason: error.message, afterMs: error.afterMs });
      return "wait";
    }
    if (error instanceof TerminalError) {
      this.queue.forget(key);
      log?.error("reconcile failed for good", { controller: name, key, error: error.message });
      return "terminal";
    }
    const conflict = isConflict(error);
    this.queue.retry(key, !conflict); // many keys may each meet a conflict, and a fresh read is all it takes
    if (conflict) {
      log?.debug("reconcile met a newer version", { controller: name, key, error: error.message });
      return "conflict";
    }
    const retries = this.queue.retries(key);
    log?.warn("reconcile failed", { controller: name, key, retries, error: describe(error) });
    return "error";
  }
}

/** The error's message with its causes; of a programming error, with its stack. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof TypeError || error instanceof ReferenceError) return error.stack ?? error.message;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
