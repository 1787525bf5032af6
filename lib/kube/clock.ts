/** Time as the library sees it; passed in so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds that only grow (since an unspecified moment). */
  monotonic(): number;
  /** The date and time of day. */
  now(): Date;
  /** Runs `callback` after `ms`; returns how to call it off. */
  after(ms: number, callback: () => void): () => void;
}

/** Node's timers overflow beyond this many milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms`, or less when `signal` aborts; never rejects, so that a loop can look at the signal itself. */
export function pause(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = (): void => {
      cancel();
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal?.addEventListener("abort", finish, { once: true });
  });
}

/** A delay that doubles with each failure, from `baseMs` to `maxMs`, and is spread over its upper half. */
export function backoffMs(failures: number, options: { baseMs: number; maxMs: number; random?: () => number }): number {
  const full = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(failures, 40));
  return full / 2 + (full / 2) * (options.random ?? Math.random)();
}
