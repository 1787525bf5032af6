import { randomUUID } from "node:crypto";
import { type AgentMessage, MESSAGE_TYPE } from "./agent-message.ts";

/** Size of the client's terminal, in characters. */
export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** The first frame of a data channel, a text. */
export interface OpenDataChannel {
  readonly tokenValue: string;
  readonly clientVersion?: string;
}

/** The largest that the kernel's terminals can be. */
const SIZE_MAX = 65_535;
/** A client turns some of its behaviour on by the version of the agent: as the agent that its newest parts need. */
const AGENT_VERSION = "3.3.0.0";
/** What ECS itself asks for: a command with a terminal. */
const SESSION_TYPE = "InteractiveCommands";
const SUCCESS = 1;

type Json = Record<string, unknown>;

/** JSON of an object, or undefined for anything else. */
function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** What a client says first, or undefined where it is something else. */
export function parseOpenDataChannel(text: string): OpenDataChannel | undefined {
  const { TokenValue: tokenValue, ClientVersion: clientVersion } = parse(text) ?? {};
  if (typeof tokenValue !== "string") return undefined;
  return { tokenValue, ...(typeof clientVersion === "string" && { clientVersion }) };
}

/** The client's terminal size, or undefined where it cannot be one. */
export function parseSize(payload: Buffer): TerminalSize | undefined {
  const { cols, rows } = parse(payload.toString("utf8")) ?? {};
  return isLength(cols) && isLength(rows) ? { cols, rows } : undefined;
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= SIZE_MAX;
}

/** The sequence number that an acknowledgement is about. */
export function parseAcknowledged(payload: Buffer): number | undefined {
  const { AcknowledgedMessageSequenceNumber: number } = parse(payload.toString("utf8")) ?? {};
  return typeof number === "number" ? number : undefined;
}

export function acknowledgement({ messageType, messageId, sequenceNumber }: AgentMessage): Buffer {
  return bytesOf({
    AcknowledgedMessageType: messageType,
    AcknowledgedMessageId: messageId,
    AcknowledgedMessageSequenceNumber: sequenceNumber,
    IsSequentialMessage: true,
  });
}

export function handshakeRequest(): Buffer {
  return bytesOf({
    AgentVersion: AGENT_VERSION,
    RequestedClientActions: [
      { ActionType: "SessionType", ActionParameters: { SessionType: SESSION_TYPE, Properties: {} } },
    ],
  });
}

/** What the client objects to in the handshake; undefined where it has done all that was asked. */
export function handshakeProblem(payload: Buffer): string | undefined {
  const { ProcessedClientActions: actions } = parse(payload.toString("utf8")) ?? {};
  if (!Array.isArray(actions)) return "the client's answer to the handshake cannot be read";
  const failed = (actions as unknown[]).some((action) => (action as Json | null)?.["ActionStatus"] !== SUCCESS);
  return failed ? "the client does not support this type of session" : undefined;
}

/** @param durationMs since the handshake's request. */
export function handshakeComplete(durationMs: number): Buffer {
  return bytesOf({ HandshakeTimeToComplete: Math.round(durationMs * 1e6), CustomerMessage: "" });
}

/** @param output why, for the user; empty where there is nothing to say. */
export function channelClosed(sessionId: string, output: string): Buffer {
  return bytesOf({
    MessageId: randomUUID(),
    CreatedDate: new Date().toISOString(),
    DestinationId: "",
    SessionId: sessionId,
    MessageType: MESSAGE_TYPE.channelClosed,
    SchemaVersion: 1,
    Output: output,
  });
}

function bytesOf(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
