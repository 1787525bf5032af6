import {
  type AgentMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE_TYPE,
  newMessage,
  PAYLOAD_TYPE,
} from "./agent-message.ts";
import { IncomingStream } from "./incoming-stream.ts";
import { OutgoingStream } from "./outgoing-stream.ts";
import {
  acknowledgement,
  channelClosed,
  handshakeComplete,
  handshakeProblem,
  handshakeRequest,
  parseAcknowledged,
  parseSize,
  type TerminalSize,
} from "./payloads.ts";

/** What a data channel tells the session that it belongs to. */
export interface DataChannelEvents {
  /** The handshake is done: the command may begin. */
  ready(): void;
  /** What the user has typed. */
  input(data: Buffer): void;
  resize(size: TerminalSize): void;
  /** The client wants the session to end. */
  terminate(): void;
  /** The client cannot or does not follow the protocol. */
  failed(why: string): void;
}

export interface DataChannelOptions extends DataChannelEvents {
  send(frame: Buffer): void;
  /** Monotonic milliseconds. */
  now(): number;
}

/** The client's part reads as much at a time. */
const CHUNK_BYTES = 1_024;
const FLAG_TERMINATE = 2;
/** Bits SYN and FIN: a message that is a stream of its own. */
const WHOLE = 3n;

/**
 * The agent's side of AWS's Session Manager data channel, without its socket: handshake, acknowledgements, order,
 * repetition. What the client sends before the handshake is done is acknowledged and dropped, as the agent does.
 * @see https://github.com/aws/amazon-ssm-agent/blob/mainline/agent/session/datachannel/datachannel.go
 */
export class DataChannel {
  readonly #options: DataChannelOptions;
  readonly #incoming = new IncomingStream();
  readonly #outgoing: OutgoingStream;
  #handshakeAt = 0;
  #ready = false;

  constructor(options: DataChannelOptions) {
    this.#options = options;
    this.#outgoing = new OutgoingStream(options);
  }

  /** Bytes that the client has not acknowledged. */
  get unacknowledgedBytes(): number {
    return this.#outgoing.unacknowledgedBytes;
  }

  /** How long the client has owed an acknowledgement, in milliseconds. */
  get silentMs(): number {
    return this.#outgoing.silentMs;
  }

  /** Begins the handshake. */
  open(): void {
    this.#handshakeAt = this.#options.now();
    this.#outgoing.push(PAYLOAD_TYPE.handshakeRequest, handshakeRequest());
  }

  /** What the command has printed. */
  output(data: Buffer): void {
    for (let start = 0; start < data.length; start += CHUNK_BYTES) {
      this.#outgoing.push(PAYLOAD_TYPE.output, data.subarray(start, start + CHUNK_BYTES));
    }
  }

  resendOverdue(): void {
    this.#outgoing.resendOverdue();
  }

  /** Tells the client that the session is over. @param why for the user; may be empty. */
  close(sessionId: string, why: string): void {
    this.#sendWhole(MESSAGE_TYPE.channelClosed, channelClosed(sessionId, why));
  }

  /** A frame from the client. @throws MalformedMessage */
  receive(frame: Buffer): void {
    const message = decodeMessage(frame);
    switch (message.messageType) {
      case MESSAGE_TYPE.input:
        return this.#receiveInput(message);
      case MESSAGE_TYPE.acknowledge: {
        const number = parseAcknowledged(message.payload);
        if (number !== undefined) this.#outgoing.acknowledged(number);
        return undefined;
      }
      case MESSAGE_TYPE.pausePublication:
        return this.#outgoing.pause();
      case MESSAGE_TYPE.startPublication:
        return this.#outgoing.resume();
      case MESSAGE_TYPE.channelClosed:
        return this.#options.terminate();
      default:
        return undefined; // newer clients may say more than is known here
    }
  }

  #receiveInput(message: AgentMessage): void {
    this.#outgoing.resume();
    const { acknowledge, ready } = this.#incoming.receive(message);
    if (acknowledge) this.#sendWhole(MESSAGE_TYPE.acknowledge, acknowledgement(message));
    for (const next of ready) this.#handle(next);
  }

  #handle({ payloadType, payload }: AgentMessage): void {
    if (payloadType === PAYLOAD_TYPE.handshakeResponse) this.#finishHandshake(payload);
    else if (this.#ready) this.#handleInput(payloadType, payload);
  }

  #handleInput(payloadType: number, payload: Buffer): void {
    if (payloadType === PAYLOAD_TYPE.output) this.#options.input(payload);
    else if (payloadType === PAYLOAD_TYPE.size) {
      const size = parseSize(payload);
      if (size !== undefined) this.#options.resize(size);
    } else if (payloadType === PAYLOAD_TYPE.flag && payload.length === 4 && payload.readUInt32BE() === FLAG_TERMINATE) {
      this.#options.terminate();
    }
  }

  #finishHandshake(payload: Buffer): void {
    if (this.#ready) return;
    const problem = handshakeProblem(payload);
    if (problem !== undefined) return this.#options.failed(problem);
    this.#ready = true;
    const duration = this.#options.now() - this.#handshakeAt;
    this.#outgoing.push(PAYLOAD_TYPE.handshakeComplete, handshakeComplete(duration));
    return this.#options.ready();
  }

  #sendWhole(messageType: string, payload: Buffer): void {
    const content = { sequenceNumber: 0, flags: WHOLE, payloadType: 0, payload };
    this.#options.send(encodeMessage(newMessage(messageType, content)));
  }
}
