/** Runs work of one key one after the other; work of different keys does not wait for each other. */
export interface Serial {
  /** @throws the signal's reason when it is aborted before the work's turn comes, and what the work throws. */
  run<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/**
 * Callers of one gateway that change the same object take turns, instead of racing each other through conflicts at
 * the API server. Other writers are still met there.
 */
export function createSerial(): Serial {
  const last = new Map<string, Promise<void>>();
  return {
    async run(key, signal, work) {
      const before = last.get(key);
      const { promise: over, resolve: end } = Promise.withResolvers<void>();
      // Whoever gives up waiting leaves the turn's place in the order.
      const turn = (before ?? Promise.resolve()).then(() => over);
      last.set(key, turn);
      void turn.then(() => last.get(key) === turn && last.delete(key));
      try {
        if (before !== undefined) await abortable(before, signal);
        return await work();
      } finally {
        end();
      }
    },
  };
}

function abortable(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
