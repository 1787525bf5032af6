import { encodeMessage, MESSAGE_TYPE, newMessage } from "./agent-message.ts";

/** What a stream sends through and measures with. */
export interface OutgoingOptions {
  send(frame: Buffer): void;
  /** Monotonic milliseconds. */
  now(): number;
}

interface Pending {
  readonly frame: Buffer;
  /** Absent: not sent yet, because the other side asked for a pause. */
  sentAt?: number;
  resent: boolean;
}

const FIRST_ROUND_TRIP_MS = 100;
const FIRST_TIMEOUT_MS = 200;
const TIMEOUT_MAX_MS = 1_000;
const GRANULARITY_MS = 10;
const SYN = 1n;

/**
 * Numbers stream messages, keeps each until the client has acknowledged it, and says which is to be sent again. The
 * time to wait for an acknowledgement follows from those that came (RFC 6298), as in AWS's own agent.
 */
export class OutgoingStream {
  readonly #options: OutgoingOptions;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  #bytes = 0;
  #paused = false;
  #roundTripMs = FIRST_ROUND_TRIP_MS;
  #variationMs = 0;
  #timeoutMs = FIRST_TIMEOUT_MS;
  /** Since when nothing was acknowledged though something could have been. */
  #waitingSince: number | undefined;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Bytes of messages that are not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.#bytes;
  }

  /** How long the client has owed an acknowledgement. */
  get silentMs(): number {
    return this.#waitingSince === undefined ? 0 : this.#options.now() - this.#waitingSince;
  }

  push(payloadType: number, payload: Buffer): void {
    const sequenceNumber = this.#next++;
    const flags = sequenceNumber === 0 ? SYN : 0n;
    const frame = encodeMessage(newMessage(MESSAGE_TYPE.output, { sequenceNumber, flags, payloadType, payload }));
    const pending: Pending = { frame, resent: false };
    this.#pending.set(sequenceNumber, pending);
    this.#bytes += frame.length;
    if (!this.#paused) this.#send(pending);
  }

  acknowledged(sequenceNumber: number): void {
    const pending = this.#pending.get(sequenceNumber);
    if (pending === undefined) return;
    this.#pending.delete(sequenceNumber);
    this.#bytes -= pending.frame.length;
    this.#waitingSince = this.#pending.size === 0 ? undefined : this.#options.now();
    // Which of two sendings an acknowledgement is for cannot be told.
    if (pending.sentAt !== undefined && !pending.resent) this.#measured(this.#options.now() - pending.sentAt);
  }

  /** Sends the oldest message again if its acknowledgement is overdue. To be called a few times a second. */
  resendOverdue(): void {
    const [oldest] = this.#pending.values();
    if (this.#paused || oldest?.sentAt === undefined) return;
    if (this.#options.now() - oldest.sentAt <= this.#timeoutMs) return;
    oldest.resent = true;
    this.#send(oldest);
  }

  pause(): void {
    this.#paused = true;
    this.#waitingSince = undefined;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const pending of this.#pending.values()) if (pending.sentAt === undefined) this.#send(pending);
  }

  #send(pending: Pending): void {
    pending.sentAt = this.#options.now();
    this.#waitingSince ??= pending.sentAt;
    this.#options.send(pending.frame);
  }

  #measured(roundTripMs: number): void {
    this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#roundTripMs - roundTripMs);
    this.#roundTripMs = 0.875 * this.#roundTripMs + 0.125 * roundTripMs;
    this.#timeoutMs = Math.min(TIMEOUT_MAX_MS, this.#roundTripMs + Math.max(GRANULARITY_MS, 4 * this.#variationMs));
  }
}
