import { createHash, randomUUID } from "node:crypto";

/** What a data channel carries besides its first text frame. */
export const MESSAGE_TYPE = {
  /** From the client: what is typed, and its other reports. */
  input: "input_stream_data",
  /** To the client: what the command prints, and the handshake. */
  output: "output_stream_data",
  acknowledge: "acknowledge",
  channelClosed: "channel_closed",
  startPublication: "start_publication",
  pausePublication: "pause_publication",
} as const;

/** What a stream message carries. */
export const PAYLOAD_TYPE = {
  output: 1,
  size: 3,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  flag: 10,
} as const;

/** A binary frame of a data channel. */
export interface AgentMessage {
  /** At most 32 bytes. */
  readonly messageType: string;
  readonly schemaVersion: number;
  /** Milliseconds since the epoch. */
  readonly createdDate: number;
  readonly sequenceNumber: number;
  /** Bit 0: first message of the stream; bit 1: last one. */
  readonly flags: bigint;
  /** UUID. */
  readonly messageId: string;
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** A frame that is no message. */
export class MalformedMessage extends Error {
  constructor(what: string) {
    super(`Malformed data channel message: ${what}`);
    this.name = "MalformedMessage";
  }
}

const TYPE = { at: 4, length: 32 };
const SCHEMA_VERSION = 36;
const CREATED_DATE = 40;
const SEQUENCE_NUMBER = 48;
const FLAGS = 56;
const MESSAGE_ID = 64;
const DIGEST = { at: 80, length: 32 };
const PAYLOAD_KIND = 112;
/** The header's length counts neither the payload nor the payload's length, which lies between them. */
const HEADER_LENGTH = 116;
const LENGTH_OF_LENGTH = 4;

/**
 * Numbers are big-endian; the message type is padded with spaces; the two halves of the UUID are swapped; the digest
 * is the payload's SHA-256.
 * @see https://github.com/aws/session-manager-plugin/blob/mainline/src/message/clientmessage.go
 */
export function encodeMessage(message: AgentMessage): Buffer {
  const { payload } = message;
  const frame = Buffer.alloc(HEADER_LENGTH + LENGTH_OF_LENGTH + payload.length);
  frame.writeUInt32BE(HEADER_LENGTH, 0);
  frame.fill(" ", TYPE.at, TYPE.at + TYPE.length);
  frame.write(message.messageType, TYPE.at, TYPE.length, "utf8");
  frame.writeUInt32BE(message.schemaVersion, SCHEMA_VERSION);
  frame.writeBigUInt64BE(BigInt(message.createdDate), CREATED_DATE);
  frame.writeBigInt64BE(BigInt(message.sequenceNumber), SEQUENCE_NUMBER);
  frame.writeBigUInt64BE(message.flags, FLAGS);
  swapHalves(Buffer.from(message.messageId.replaceAll("-", ""), "hex")).copy(frame, MESSAGE_ID);
  digestOf(payload).copy(frame, DIGEST.at);
  frame.writeUInt32BE(message.payloadType, PAYLOAD_KIND);
  frame.writeUInt32BE(payload.length, HEADER_LENGTH);
  payload.copy(frame, HEADER_LENGTH + LENGTH_OF_LENGTH);
  return frame;
}

/** The reverse of {@link encodeMessage}. @throws MalformedMessage */
export function decodeMessage(frame: Buffer): AgentMessage {
  if (frame.length < HEADER_LENGTH + LENGTH_OF_LENGTH) throw new MalformedMessage("it is too short");
  const headerLength = frame.readUInt32BE(0);
  const start = headerLength + LENGTH_OF_LENGTH;
  if (headerLength < HEADER_LENGTH || start > frame.length) throw new MalformedMessage("its header's length is wrong");
  const payload = frame.subarray(start);
  if (frame.readUInt32BE(HEADER_LENGTH) !== payload.length) {
    throw new MalformedMessage("its payload's length is wrong");
  }
  const digest = frame.subarray(DIGEST.at, DIGEST.at + DIGEST.length);
  if (payload.length > 0 && !digest.equals(digestOf(payload))) throw new MalformedMessage("its digest is wrong");
  return {
    messageType: frame
      .toString("utf8", TYPE.at, TYPE.at + TYPE.length)
      .replaceAll("\0", "")
      .trim(),
    schemaVersion: frame.readUInt32BE(SCHEMA_VERSION),
    createdDate: safe(frame.readBigUInt64BE(CREATED_DATE), "date"),
    sequenceNumber: safe(frame.readBigInt64BE(SEQUENCE_NUMBER), "sequence number"),
    flags: frame.readBigUInt64BE(FLAGS),
    messageId: uuidOf(swapHalves(frame.subarray(MESSAGE_ID, MESSAGE_ID + 16))),
    payloadType: frame.readUInt32BE(PAYLOAD_KIND),
    payload,
  };
}

/** A new message of the kind, in the present version of the schema. */
export function newMessage(
  messageType: string,
  content: Pick<AgentMessage, "sequenceNumber" | "flags" | "payloadType" | "payload">,
): AgentMessage {
  return { messageType, schemaVersion: 1, createdDate: Date.now(), messageId: randomUUID(), ...content };
}

function digestOf(payload: Buffer): Buffer {
  return createHash("sha256").update(payload).digest();
}

function swapHalves(id: Buffer): Buffer {
  return Buffer.concat([id.subarray(8, 16), id.subarray(0, 8)]);
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function safe(value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new MalformedMessage(`its ${what} is out of range`);
  return number;
}
