import { backoffMs, systemClock, type Clock } from "./clock.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface WorkQueueOptions {
  clock?: Clock | undefined;
  /** Between 0 and 1, for jitter. */
  random?: (() => number) | undefined;
  /** Pause before the first and before any late retry of a key; it doubles in between. */
  baseDelayMs?: number | undefined;
  maxDelayMs?: number | undefined;
  /** Retries of all keys together: so many a second on average, so many at once. */
  retriesPerSecond?: number | undefined;
  retryBurst?: number | undefined;
  /** Told whenever the number of keys that wait for a worker changes. */
  onDepth?: ((depth: number) => void) | undefined;
  onRetry?: ((key: string) => void) | undefined;
}

const BASE_DELAY_MS = 5;
const MAX_DELAY_MS = 5 * 60_000;
const RETRIES_PER_SECOND = 50;
const RETRY_BURST = 300;

/**
 * Keys that want work. A key waits here at most once however often it is added; it is never handed to two workers at
 * a time, and when it is added while one has it, it comes round again once that one is done. Nothing added is lost.
 */
export class WorkQueue {
  /** Keys that wait for a worker, in order. A Set: adding one that is there changes nothing. */
  private readonly ready = new Set<string>();
  /** Keys that a worker has. */
  private readonly processing = new Set<string>();
  /** Keys added while a worker has them. */
  private readonly again = new Set<string>();
  /** Keys that become ready later: when, and how to call it off. */
  private readonly delayed = new Map<string, { at: number; cancel: () => void }>();
  private readonly failures = new Map<string, number>();
  private readonly waiters: ((key: string | undefined) => void)[] = [];
  private idle: PromiseWithResolvers<void> | undefined;
  private closed = false;
  private readonly options: WorkQueueOptions;
  private readonly clock: Clock;
  private readonly bucket: TokenBucket;

  constructor(options: WorkQueueOptions = {}) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.bucket = new TokenBucket({
      perSecond: options.retriesPerSecond ?? RETRIES_PER_SECOND,
      burst: options.retryBurst ?? RETRY_BURST,
      clock: this.clock,
    });
  }

  /** Keys that wait for a worker now, those with a delay not counted. */
  get depth(): number {
    return this.ready.size;
  }

  /** Wants the key worked on as soon as a worker is free. */
  add(key: string): void {
    if (this.closed) return;
    this.cancelDelayed(key);
    if (this.processing.has(key)) {
      this.again.add(key);
      return;
    }
    if (this.ready.has(key)) return;
    const waiter = this.waiters.shift();
    if (waiter) {
      this.processing.add(key);
      waiter(key);
      return;
    }
    this.ready.add(key);
    this.options.onDepth?.(this.ready.size);
  }

  /** Wants the key worked on after `ms`, or earlier if that was asked for before. */
  addAfter(key: string, ms: number): void {
    if (this.closed) return;
    if (ms <= 0) return this.add(key);
    if (this.ready.has(key) || this.again.has(key)) return;
    const at = this.clock.monotonic() + ms;
    const earlier = this.delayed.get(key);
    if (earlier && earlier.at <= at) return;
    earlier?.cancel();
    const cancel = this.clock.after(ms, () => {
      this.delayed.delete(key);
      this.add(key);
    });
    this.delayed.set(key, { at, cancel });
  }

  /**
   * Wants the key worked on again after a failure: later each time, until {@link forget}.
   * @param share whether it counts towards the rate of all keys' retries.
   */
  retry(key: string, share = true): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.options.onRetry?.(key);
    const own = backoffMs(failures, {
      baseMs: this.options.baseDelayMs ?? BASE_DELAY_MS,
      maxMs: this.options.maxDelayMs ?? MAX_DELAY_MS,
      random: this.options.random ?? Math.random,
    });
    this.addAfter(key, Math.max(own, share ? this.bucket.reserve() : 0));
  }

  /** The key's failures are over: its next retry is quick again. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** Failures of the key since it was last forgotten. */
  retries(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, once there is one; {@link done} must follow. Undefined after {@link shutDown}. */
  take(): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    for (const key of this.ready) {
      this.ready.delete(key);
      this.processing.add(key);
      this.options.onDepth?.(this.ready.size);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** The worker that took the key has finished with it. */
  done(key: string): void {
    this.processing.delete(key);
    if (this.again.delete(key)) this.add(key);
    if (this.processing.size === 0) this.idle?.resolve();
  }

  /** Hands out nothing more and takes nothing in; resolves when the keys in hand are done. */
  shutDown(): Promise<void> {
    this.closed = true;
    for (const { cancel } of this.delayed.values()) cancel();
    this.delayed.clear();
    this.ready.clear();
    this.again.clear();
    this.options.onDepth?.(0);
    for (const waiter of this.waiters.splice(0)) waiter(undefined);
    this.idle ??= Promise.withResolvers<void>();
    if (this.processing.size === 0) this.idle.resolve();
    return this.idle.promise;
  }

  private cancelDelayed(key: string): void {
    this.delayed.get(key)?.cancel();
    this.delayed.delete(key);
  }
}
