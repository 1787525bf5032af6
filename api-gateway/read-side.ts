import { serverException } from "#lib/errors.ts";

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

/**
 * What a call waits for before it reads anything: the database was filled for the first time.
 * @param filled closed then
 * @throws EcsError `ServerException` (HTTP 503), which SDKs try again.
 */
export function readSide(filled: Latch, timeoutMs: number): () => Promise<void> {
  return async () => {
    if (await filled.within(timeoutMs)) return;
    throw serverException("KECS is starting and has not read its resources from Kubernetes yet.", undefined, 503);
  };
}
