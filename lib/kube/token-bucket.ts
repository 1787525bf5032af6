import type { Clock } from "./clock.ts";

/** Lets `perSecond` things through on average and `burst` at once. */
export class TokenBucket {
  private readonly clock: Clock;
  private readonly perMs: number;
  private readonly burst: number;
  private tokens: number;
  private at: number;

  constructor(options: { perSecond: number; burst: number; clock: Clock }) {
    this.clock = options.clock;
    this.perMs = options.perSecond / 1000;
    this.burst = options.burst;
    this.tokens = options.burst;
    this.at = options.clock.monotonic();
  }

  /** Takes a token, on credit if need be, and tells after how many milliseconds it is due. */
  reserve(): number {
    this.refill();
    this.tokens -= 1;
    return this.tokens >= 0 ? 0 : -this.tokens / this.perMs;
  }

  /** Takes a token if there is one. */
  take(): boolean {
    this.refill();
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Whether it has been left alone long enough to be as good as new. */
  get full(): boolean {
    this.refill();
    return this.tokens >= this.burst;
  }

  private refill(): void {
    const now = this.clock.monotonic();
    this.tokens = Math.min(this.burst, this.tokens + (now - this.at) * this.perMs);
    this.at = now;
  }
}
