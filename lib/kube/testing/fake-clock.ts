import type { Clock } from "../clock.ts";

/** A clock that moves only when told; timers run in the order of their time. */
export class FakeClock implements Clock {
  private ms = 0;
  private readonly timers = new Set<{ at: number; callback: () => void }>();

  monotonic(): number {
    return this.ms;
  }

  now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.ms);
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.ms + Math.max(ms, 0), callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Timers that have not run. */
  get pending(): number {
    return this.timers.size;
  }

  /** Moves on by `ms`, running what falls due on the way, and lets promises that became ready go on. */
  async advance(ms: number): Promise<void> {
    const until = this.ms + ms;
    await settle();
    for (let next = this.nextBefore(until); next; next = this.nextBefore(until)) {
      this.ms = Math.max(this.ms, next.at);
      this.timers.delete(next);
      next.callback();
      await settle();
    }
    this.ms = until;
  }

  private nextBefore(until: number): { at: number; callback: () => void } | undefined {
    let next: { at: number; callback: () => void } | undefined;
    for (const timer of this.timers) if (timer.at <= until && (!next || timer.at < next.at)) next = timer;
    return next;
  }
}

/** Lets everything that waits for nothing but other promises go on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
