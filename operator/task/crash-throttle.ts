/** Failures after a calm of this length count from the beginning again. */
const CALM_MS = 5 * 60_000;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

interface Crashes {
  level: number;
  /** Epoch milliseconds of the last failure that raised the level. */
  raisedAt: number;
  /** Epoch milliseconds of the last failure. */
  lastAt: number;
}

/**
 * How long a service's failed task is kept before its Pod is removed, which is when the next one starts: nothing the
 * first time, then 1 s, 2 s, … up to 60 s while its tasks go on failing, as ECS slows down such a service. Tasks that
 * were started together and fail together count once. Kept in memory: a restart begins anew.
 */
export class CrashThrottle {
  private readonly byService = new Map<string, Crashes>();

  /**
   * Notes a failure and says how long to wait.
   * @param startedAt epoch milliseconds at which the failed task's Pod was made
   */
  failed(service: string, startedAt: number, now: number): number {
    this.forgetCalm(now);
    const crashes = this.byService.get(service) ?? { level: -1, raisedAt: -Infinity, lastAt: now };
    if (startedAt >= crashes.raisedAt - 1000) {
      crashes.level += 1;
      crashes.raisedAt = now;
    }
    crashes.lastAt = now;
    this.byService.set(service, crashes);
    return crashes.level === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (crashes.level - 1));
  }

  private forgetCalm(now: number): void {
    for (const [service, { lastAt }] of this.byService) {
      if (now - lastAt > CALM_MS) this.byService.delete(service);
    }
  }
}
