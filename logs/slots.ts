/** A place that its holder gives back. */
export interface Slot {
  /** Aborts when the holder has had the place for long and others wait: it is to come again. */
  readonly handOver: AbortSignal;
  release(): void;
}

interface Holder {
  readonly since: number;
  readonly handOver: AbortController;
}

/**
 * A number of places for more who want one: whoever has been longest in a place is asked to hand it over, so that
 * everyone gets a turn.
 */
export class Slots {
  readonly #size: number;
  readonly #turnMs: number;
  readonly #now: () => number;
  readonly #holders = new Set<Holder>();
  readonly #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param turnMs how long a holder keeps its place at least */
  constructor(size: number, turnMs: number, now: () => number = () => performance.now()) {
    this.#size = size;
    this.#turnMs = turnMs;
    this.#now = now;
  }

  get held(): number {
    return this.#holders.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for a place. @throws the signal's reason */
  async take(signal: AbortSignal): Promise<Slot> {
    signal.throwIfAborted();
    if (this.#holders.size >= this.#size) await this.#turn(signal);
    const holder: Holder = { since: this.#now(), handOver: new AbortController() };
    this.#holders.add(holder);
    return {
      handOver: holder.handOver.signal,
      release: () => {
        if (this.#holders.delete(holder)) this.#waiting.shift()?.();
      },
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const come = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(come), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(come);
      this.#askHolders();
    });
  }

  /** Asks as many holders as there are who wait, once their time is up. */
  #askHolders(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0) return;
    const due = this.#now() - this.#turnMs;
    const holders = [...this.#holders].filter(({ handOver }) => !handOver.signal.aborted);
    for (const { since, handOver } of holders.slice(0, this.#waiting.length)) if (since <= due) handOver.abort();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#askHolders();
    }, this.#turnMs / 4).unref();
  }
}
