import type { Session } from "./session.ts";

/** Sessions, each for one user at a time: whoever finds none free waits in line. */
export class Pool {
  readonly #sessions: readonly Session[];
  readonly #free: Session[];
  readonly #waiting: { resolve(session: Session): void; reject(error: Error): void }[] = [];
  #closed: Error | undefined;

  constructor(sessions: readonly Session[]) {
    this.#sessions = sessions;
    this.#free = [...sessions];
  }

  get active(): number {
    return this.#sessions.length - this.#free.length;
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#take();
    try {
      return await work(session);
    } finally {
      this.#give(session);
    }
  }

  /** Closes what is free now and the rest as it comes back; whoever waits is refused with `reason`. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const session of this.#free.splice(0)) session.close();
    for (const waiter of this.#waiting.splice(0)) waiter.reject(reason);
  }

  #take(): Promise<Session> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const session = this.#free.pop();
    if (session !== undefined) return Promise.resolve(session);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #give(session: Session): void {
    if (this.#closed !== undefined) return session.close();
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(session);
    else next.resolve(session);
  }
}
