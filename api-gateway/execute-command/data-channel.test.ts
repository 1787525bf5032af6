import { expect } from "chai";
import { type AgentMessage, decodeMessage, encodeMessage, MalformedMessage, newMessage } from "./agent-message.ts";
import { DataChannel } from "./data-channel.ts";

/** A client of the protocol, as far as these tests speak it. */
class Client {
  readonly received: AgentMessage[] = [];
  readonly told: string[] = [];
  readonly channel: DataChannel;
  now = 0;
  #next = 0;

  constructor() {
    this.channel = new DataChannel({
      now: () => this.now,
      send: (frame) => this.received.push(decodeMessage(frame)),
      ready: () => this.told.push("ready"),
      input: (data) => this.told.push(`input ${data.toString()}`),
      resize: ({ cols, rows }) => this.told.push(`size ${cols}x${rows}`),
      terminate: () => this.told.push("terminate"),
      failed: (why) => this.told.push(`failed: ${why}`),
    });
    this.channel.open();
  }

  send(payloadType: number, payload: unknown, sequenceNumber = this.#next++): void {
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
    const content = { sequenceNumber, flags: 0n, payloadType, payload: bytes };
    this.channel.receive(encodeMessage(newMessage("input_stream_data", content)));
  }

  acknowledge(sequenceNumber: number): void {
    const payload = Buffer.from(JSON.stringify({ AcknowledgedMessageSequenceNumber: sequenceNumber }));
    const content = { sequenceNumber: 0, flags: 3n, payloadType: 0, payload };
    this.channel.receive(encodeMessage(newMessage("acknowledge", content)));
  }

  answerHandshake(status = 1): void {
    this.send(6, { ClientVersion: "1.2.3", ProcessedClientActions: [{ ActionStatus: status }], Errors: null });
  }

  outputs(): { sequenceNumber: number; payloadType: number; text: string }[] {
    return this.received
      .filter(({ messageType }) => messageType === "output_stream_data")
      .map(({ sequenceNumber, payloadType, payload }) => ({ sequenceNumber, payloadType, text: payload.toString() }));
  }
}

describe("data channel", () => {
  let client: Client;
  beforeEach(() => {
    client = new Client();
  });

  it("shakes hands: asks for a command with a terminal, and is ready when the client can do that", () => {
    const [request] = client.outputs();
    expect(request).to.include({ sequenceNumber: 0, payloadType: 5 });
    expect(JSON.parse(request!.text)).to.deep.include({
      RequestedClientActions: [
        { ActionType: "SessionType", ActionParameters: { SessionType: "InteractiveCommands", Properties: {} } },
      ],
    });
    expect(client.received[0]!.flags).to.equal(1n);
    client.now = 2;
    client.answerHandshake();
    expect(client.told).to.deep.equal(["ready"]);
    const complete = client.outputs()[1]!;
    expect(complete).to.include({ sequenceNumber: 1, payloadType: 7 });
    expect(JSON.parse(complete.text)).to.deep.equal({ HandshakeTimeToComplete: 2_000_000, CustomerMessage: "" });
  });

  it("fails when the client cannot do what it is asked", () => {
    client.answerHandshake(3);
    expect(client.told).to.deep.equal(["failed: the client does not support this type of session"]);
  });

  it("fails when the client answers nonsense", () => {
    client.send(6, Buffer.from("nonsense"));
    expect(client.told).to.deep.equal(["failed: the client's answer to the handshake cannot be read"]);
  });

  it("hands on what is typed and the terminal's size, and acknowledges each", () => {
    client.answerHandshake();
    client.received.length = 0;
    client.send(3, { cols: 80, rows: 24 });
    client.send(1, Buffer.from("ls\n"));
    expect(client.told).to.deep.equal(["ready", "size 80x24", "input ls\n"]);
    const acknowledged = client.received.map(({ messageType, payload }) => [
      messageType,
      (JSON.parse(payload.toString()) as { AcknowledgedMessageSequenceNumber: number })
        .AcknowledgedMessageSequenceNumber,
    ]);
    expect(acknowledged).to.deep.equal([
      ["acknowledge", 1],
      ["acknowledge", 2],
    ]);
  });

  it("drops what comes before the handshake is done", () => {
    client.send(1, Buffer.from("rm"));
    client.answerHandshake();
    expect(client.told).to.deep.equal(["ready"]);
  });

  it("does not take sizes that no terminal has, nor payloads that it does not know", () => {
    client.answerHandshake();
    for (const size of [{ cols: -1, rows: 1 }, { cols: 70_000, rows: 1 }, { cols: "1", rows: 1 }, []]) {
      client.send(3, size);
    }
    client.send(99, Buffer.from("x"));
    expect(client.told).to.deep.equal(["ready"]);
  });

  it("ends when the client wants to, in either way", () => {
    client.answerHandshake();
    client.send(10, Buffer.from([0, 0, 0, 2]));
    client.channel.receive(
      encodeMessage(
        newMessage("channel_closed", { sequenceNumber: 0, flags: 0n, payloadType: 0, payload: Buffer.alloc(0) }),
      ),
    );
    expect(client.told).to.deep.equal(["ready", "terminate", "terminate"]);
  });

  it("sends output in pieces, and again what is not acknowledged", () => {
    client.answerHandshake();
    client.acknowledge(0);
    client.acknowledge(1);
    client.channel.output(Buffer.alloc(2_500, "x"));
    expect(client.outputs().map(({ text }) => (text.startsWith("x") ? text.length : 0))).to.deep.equal([
      0, 0, 1_024, 1_024, 452,
    ]);
    client.acknowledge(2);
    client.now = 1_500;
    client.channel.resendOverdue();
    expect(client.outputs().at(-1)).to.include({ sequenceNumber: 3 });
    expect(client.channel.silentMs).to.equal(1_500);
    client.acknowledge(3);
    client.acknowledge(4);
    expect(client.channel.unacknowledgedBytes).to.equal(0);
  });

  it("tells why it closes", () => {
    client.channel.close("session", "done");
    const closed = client.received.at(-1)!;
    expect(closed.messageType).to.equal("channel_closed");
    expect(JSON.parse(closed.payload.toString())).to.include({ SessionId: "session", Output: "done" });
  });

  it("refuses what is no message", () => {
    expect(() => client.channel.receive(Buffer.from("{}"))).to.throw(MalformedMessage);
  });
});
