/** How many different things happened lately: in the present window, or in the one before where there were more. */
export class Lately {
  private readonly windowMs: number;
  private since = 0;
  private present = new Set<string>();
  private before = 0;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  note(key: string, now: Date): void {
    this.turn(now);
    this.present.add(key);
  }

  count(now: Date): number {
    this.turn(now);
    return Math.max(this.present.size, this.before);
  }

  private turn(now: Date): void {
    const passed = now.getTime() - this.since;
    if (passed < this.windowMs) return;
    this.before = passed < 2 * this.windowMs ? this.present.size : 0;
    this.present = new Set();
    this.since = now.getTime();
  }
}
