import { decode, encode, ExtData } from "@msgpack/msgpack";
import type { LogEntry } from "../lines.ts";

/** Members of a record besides its text. */
export type RecordMembers = Readonly<Record<string, string>>;

const EVENT_TIME = 0;
/** More than any acknowledgement has: what goes on for longer is no such answer. */
const MAX_ANSWER_BYTES = 4_096;

/**
 * A message of the Fluent forward protocol that asks to be acknowledged.
 * @param chunk names the message; the acknowledgement repeats it
 * @see https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1 (Forward Mode, option `chunk`)
 */
export function forwardMessage(
  tag: string,
  entries: readonly LogEntry[],
  members: RecordMembers,
  chunk: string,
): Buffer {
  const events = entries.map(({ at, message }) => [eventTime(at), { log: message, ...members }]);
  const { buffer, byteOffset, byteLength } = encode([tag, events, { size: events.length, chunk }]);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Seconds and nanoseconds, 32 bits each. */
function eventTime(at: string): ExtData {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(Math.floor(Date.parse(`${at.slice(0, 19)}Z`) / 1000), 0);
  bytes.writeUInt32BE(Number(at.slice(20, 29)), 4);
  return new ExtData(EVENT_TIME, bytes);
}

/** Puts acknowledgements together that come in pieces. */
export class Acknowledgements {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * The message that was acknowledged with this, or undefined while the answer is not whole. Messages are sent one
   * after the other, so that there is never more than one answer.
   * @throws Error for what is no acknowledgement
   */
  push(data: Buffer): string | undefined {
    this.#pending = Buffer.concat([this.#pending, data]);
    const answer = this.#decoded();
    if (answer === undefined && this.#pending.length <= MAX_ANSWER_BYTES) return undefined;
    this.#pending = Buffer.alloc(0);
    const { ack } = typeof answer === "object" && answer !== null ? (answer as { ack?: unknown }) : {};
    if (typeof ack !== "string") throw new Error("The log router's answer is no acknowledgement.");
    return ack;
  }

  #decoded(): unknown {
    try {
      return decode(this.#pending);
    } catch (error) {
      if (error instanceof RangeError && this.#pending.length <= MAX_ANSWER_BYTES) return undefined; // not whole
      throw new Error("The log router's answer cannot be read.", { cause: error });
    }
  }
}
