import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What a client needs to open its session. */
export interface Ticket {
  readonly sessionId: string;
  readonly tokenValue: string;
}

interface Issued<T> {
  readonly digest: Buffer;
  readonly expiresAt: number;
  readonly content: T;
}

/**
 * Sessions that were promised and not opened yet, in memory only. A token opens its own session, once, and within its
 * time; of the token itself only a digest is kept.
 */
export class Tickets<T> {
  readonly #issued = new Map<string, Issued<T>>();
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  /** @param now monotonic milliseconds. */
  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** Those that can still be used. */
  get size(): number {
    for (const [sessionId, { expiresAt }] of this.#issued) {
      if (expiresAt > this.#now()) break; // in the order of their making
      this.#issued.delete(sessionId);
    }
    return this.#issued.size;
  }

  issue(content: T): Ticket {
    const sessionId = `ecs-execute-command-${randomBytes(9).toString("hex").slice(0, 17)}`;
    const tokenValue = randomBytes(48).toString("base64url");
    this.#issued.set(sessionId, { digest: digestOf(tokenValue), expiresAt: this.#now() + this.#lifetimeMs, content });
    return { sessionId, tokenValue };
  }

  /** What the ticket was issued for, or undefined where it is not valid (any more). */
  redeem(sessionId: string, tokenValue: string): T | undefined {
    const issued = this.#issued.get(sessionId);
    if (issued === undefined || !timingSafeEqual(issued.digest, digestOf(tokenValue))) return undefined;
    this.#issued.delete(sessionId);
    return issued.expiresAt > this.#now() ? issued.content : undefined;
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
