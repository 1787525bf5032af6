import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until the answer is not undefined (nor false) and gives it back.
 * @param what said in the error when time runs out, with the last answer or error
 * @param timeoutMs bound, default 60 s
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
  everyMs = 200,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: last });
    await sleep(everyMs);
  }
}

let count = 0;
/** A name that no other test of this or another process uses. */
export function uniqueName(prefix: string): string {
  count += 1;
  return `${prefix}-${process.pid.toString(36)}${Date.now().toString(36)}${count}`;
}
