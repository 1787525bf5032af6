import type { AgentMessage } from "./agent-message.ts";

/** What becomes of a message that came in. */
export interface Received {
  /** Whether the client is to be told that it need not send it again. */
  readonly acknowledge: boolean;
  /** The messages that are next in order now. */
  readonly ready: readonly AgentMessage[];
}

/** Messages that may wait for an earlier one. */
const AHEAD_MAX = 1_000;

/** Puts a client's stream messages in order: each once, those that come too early kept until their turn. */
export class IncomingStream {
  readonly #ahead = new Map<number, AgentMessage>();
  #expected = 0;

  receive(message: AgentMessage): Received {
    const { sequenceNumber } = message;
    // Sent again because our acknowledgement came late.
    if (sequenceNumber < this.#expected) return { acknowledge: true, ready: [] };
    if (sequenceNumber > this.#expected) {
      if (this.#ahead.size >= AHEAD_MAX) return { acknowledge: false, ready: [] };
      this.#ahead.set(sequenceNumber, message);
      return { acknowledge: true, ready: [] };
    }
    const ready: AgentMessage[] = [];
    let next: AgentMessage | undefined = message;
    while (next !== undefined) {
      ready.push(next);
      this.#ahead.delete(this.#expected);
      this.#expected += 1;
      next = this.#ahead.get(this.#expected);
    }
    return { acknowledge: true, ready };
  }
}
