import { compareResourceVersions } from "#lib/kube/resources.ts";

interface Waiter {
  readonly resource: string;
  readonly resourceVersion: string;
  done(reached: boolean): void;
}

/** The positions that are committed, and who waits for them. */
export class Waiters {
  readonly #positions = new Map<string, string>();
  readonly #waiting = new Set<Waiter>();
  readonly #onWait: () => void;

  /** @param onWait told when somebody begins to wait */
  constructor(onWait: () => void = () => undefined) {
    this.#onWait = onWait;
  }

  /** Whether anybody waits. */
  get any(): boolean {
    return this.#waiting.size > 0;
  }

  /** Forgets positions; who waits goes on waiting. */
  reset(positions: Iterable<readonly [string, string]>): void {
    this.#positions.clear();
    this.advance(new Map(positions));
  }

  /** Takes note of a commit and lets those go whom it satisfies. */
  advance(positions: ReadonlyMap<string, string>): void {
    for (const [resource, version] of positions) this.#positions.set(resource, version);
    for (const waiter of this.#waiting) {
      if (this.reached(waiter.resource, waiter.resourceVersion)) waiter.done(true);
    }
  }

  position(resource: string): string | undefined {
    return this.#positions.get(resource);
  }

  reached(resource: string, resourceVersion: string): boolean {
    const position = this.#positions.get(resource);
    return position !== undefined && compareResourceVersions(position, resourceVersion) >= 0;
  }

  /** Resolves true once a commit has passed that version, false after `timeoutMs` or when `signal` aborts. */
  wait(resource: string, resourceVersion: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.reached(resource, resourceVersion)) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        resource,
        resourceVersion,
        done: (reached) => {
          clearTimeout(timer);
          signal.removeEventListener("abort", giveUp);
          this.#waiting.delete(waiter);
          resolve(reached);
        },
      };
      const giveUp = (): void => waiter.done(false);
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(waiter);
      this.#onWait();
    });
  }
}
