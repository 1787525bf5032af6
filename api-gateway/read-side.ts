import { serverException } from "#lib/errors.ts";
import type { ApiMetrics } from "./metrics.ts";
import type { Writes } from "./writes.ts";

/** Whether something has happened yet. */
export interface Latch {
  readonly done: boolean;
  /** True once it has happened, false after `timeoutMs`. */
  within(timeoutMs: number): Promise<boolean>;
}

/** A latch that a promise's fulfilment closes. */
export function latch(promise: Promise<unknown>): Latch {
  let done = false;
  const fulfilled = promise.then(
    () => (done = true),
    () => false,
  );
  return {
    get done() {
      return done;
    },
    async within(timeoutMs) {
      if (done) return true;
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<false>((resolve) => {
        timer = setTimeout(() => resolve(false), timeoutMs);
      });
      return Promise.race([fulfilled, timeout]).finally(() => clearTimeout(timer));
    },
  };
}

export interface ReadSideOptions {
  /** Closed when the database was filled for the first time. */
  readonly filled: Latch;
  readonly writes: Writes;
  readonly metrics: ApiMetrics;
  readonly timeoutMs: number;
}

/**
 * What a call waits for before it reads: the database is filled, and shows what this gateway has written. An answer
 * without an acknowledged write would be wrong (tools forget what is MISSING), so there is none then.
 * @throws EcsError `ServerException` (HTTP 503), which SDKs try again.
 */
export function readSide({ filled, writes, metrics, timeoutMs }: ReadSideOptions): () => Promise<void> {
  return async () => {
    if (!(await filled.within(timeoutMs))) {
      throw serverException("KECS is starting and has not read its resources from Kubernetes yet.", undefined, 503);
    }
    if (await writes.seen()) return;
    metrics.readTimedOut();
    throw serverException("KECS has not caught up with earlier writes yet. Please try again.", undefined, 503);
  };
}
