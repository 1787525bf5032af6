/**
 * Bounds calls in time. Of `AbortSignal.timeout` and `AbortSignal.any` a kilobyte would stay until the time is up, however
 * soon the call was over: hundreds of megabytes at ten thousand calls a second.
 */
export class Deadlines {
  readonly #timeoutMs: number;
  readonly #ending: AbortSignal;
  readonly #open = new Set<AbortController>();

  /** @param ending ends all calls when it aborts */
  constructor(timeoutMs: number, ending: AbortSignal) {
    this.#timeoutMs = timeoutMs;
    this.#ending = ending;
    ending.addEventListener("abort", () => this.#end(), { once: true });
  }

  /** Calls `work` with a signal that aborts after the time, or when all calls are to end. */
  async within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    if (this.#ending.aborted) controller.abort(this.#ending.reason);
    this.#open.add(controller);
    const timer = setTimeout(
      () => controller.abort(new DOMException("The time is up.", "TimeoutError")),
      this.#timeoutMs,
    );
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#open.delete(controller);
    }
  }

  #end(): void {
    for (const controller of this.#open) controller.abort(this.#ending.reason);
  }
}
