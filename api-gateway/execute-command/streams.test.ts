import { expect } from "chai";
import * as fc from "fast-check";
import { type AgentMessage, decodeMessage, newMessage, PAYLOAD_TYPE } from "./agent-message.ts";
import { IncomingStream } from "./incoming-stream.ts";
import { OutgoingStream } from "./outgoing-stream.ts";

function input(sequenceNumber: number): AgentMessage {
  const payload = Buffer.from(String(sequenceNumber));
  return newMessage("input_stream_data", { sequenceNumber, flags: 0n, payloadType: PAYLOAD_TYPE.output, payload });
}

describe("incoming stream", () => {
  it("hands out every message once and in order, in whatever order and how often they come", () => {
    const order = fc.nat(60).chain((last) => {
      const numbers = Array.from({ length: last + 1 }, (_, index) => index);
      const all = fc.shuffledSubarray(numbers, { minLength: numbers.length });
      return fc.tuple(all, fc.array(fc.nat(last))).map(([once, more]) => ({ last, sent: [...more, ...once] }));
    });
    fc.assert(
      fc.property(order, ({ last, sent }) => {
        const stream = new IncomingStream();
        const received = sent.map((number) => stream.receive(input(number)));
        const numbers = received.flatMap(({ ready }) => ready.map(({ sequenceNumber }) => sequenceNumber));
        expect(numbers).to.deep.equal(Array.from({ length: last + 1 }, (_, index) => index));
        expect(received.every(({ acknowledge }) => acknowledge)).to.equal(true);
      }),
    );
  });

  it("keeps only so many that come too early, and leaves the others to be sent again", () => {
    const stream = new IncomingStream();
    const answers = Array.from({ length: 1_001 }, (_, index) => stream.receive(input(index + 1)).acknowledge);
    expect(answers.lastIndexOf(true)).to.equal(999);
    expect(stream.receive(input(0)).ready).to.have.length(1_001);
  });
});

describe("outgoing stream", () => {
  let now: number;
  let sent: number[];
  let stream: OutgoingStream;
  const push = (): void => stream.push(PAYLOAD_TYPE.output, Buffer.from("x"));

  beforeEach(() => {
    now = 0;
    sent = [];
    stream = new OutgoingStream({
      now: () => now,
      send: (frame) => sent.push(decodeMessage(frame).sequenceNumber),
    });
  });

  it("sends the oldest message again until it is acknowledged, no others", () => {
    push();
    push();
    now = 150;
    stream.resendOverdue();
    expect(sent).to.deep.equal([0, 1]);
    now = 201;
    stream.resendOverdue();
    expect(sent).to.deep.equal([0, 1, 0]);
    expect(stream.silentMs).to.equal(201);
    stream.acknowledged(0);
    expect(stream.silentMs).to.equal(0);
    stream.acknowledged(1);
    expect(stream.unacknowledgedBytes).to.equal(0);
    now = 10_000;
    stream.resendOverdue();
    expect(sent).to.have.length(3);
  });

  it("waits longer where acknowledgements take longer, yet never more than a second", () => {
    for (let index = 0; index < 50; index++) {
      push();
      now += 5_000;
      stream.acknowledged(index);
    }
    push();
    now += 1_001;
    stream.resendOverdue();
    expect(sent.at(-1)).to.equal(50);
    expect(sent).to.have.length(52);
  });

  it("holds back while it is paused", () => {
    push();
    stream.pause();
    push();
    now = 1_000;
    stream.resendOverdue();
    expect(sent).to.deep.equal([0]);
    stream.resume();
    expect(sent).to.deep.equal([0, 1]);
  });
});
