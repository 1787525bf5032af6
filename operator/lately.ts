/** How much happened lately, each thing counted once: in the present window, or in the one before where that had more. */
export class Lately {
  private readonly windowMs: number;
  private since = 0;
  private present = new Map<string, number>();
  private total = 0;
  private before = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** @param weight as how many it counts */
  note(key: string, now: Date, weight = 1): void {
    this.turn(now);
    this.total += weight - (this.present.get(key) ?? 0);
    this.present.set(key, weight);
  }

  count(now: Date): number {
    this.turn(now);
    return Math.max(this.total, this.before);
  }

  private turn(now: Date): void {
    const passed = now.getTime() - this.since;
    if (passed < this.windowMs) return;
    this.before = passed < 2 * this.windowMs ? this.total : 0;
    this.present = new Map();
    this.total = 0;
    this.since = now.getTime();
  }
}
