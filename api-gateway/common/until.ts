import { setTimeout as sleep } from "node:timers/promises";

export interface UntilOptions {
  readonly timeoutMs: number;
  /** Time between two questions. */
  readonly intervalMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Asks again and again until the answer is yes, at most for `timeoutMs`.
 * @returns the last answer.
 * @throws the signal's reason when it is aborted meanwhile.
 */
export async function until(
  ask: () => Promise<boolean>,
  { timeoutMs, intervalMs = 25, signal }: UntilOptions,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (await ask()) return true;
    if (performance.now() + intervalMs > end) return false;
    await sleep(intervalMs, undefined, { signal });
  }
}
