import { expect } from "chai";
import * as fc from "fast-check";
import { type AgentMessage, decodeMessage, encodeMessage, MalformedMessage } from "./agent-message.ts";

const messages: fc.Arbitrary<AgentMessage> = fc.record({
  messageType: fc.stringMatching(/^[a-z_]{1,32}$/),
  schemaVersion: fc.nat(),
  createdDate: fc.maxSafeNat(),
  sequenceNumber: fc.maxSafeInteger(),
  flags: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  messageId: fc.uuid(),
  payloadType: fc.nat(),
  payload: fc.uint8Array({ maxLength: 2048 }).map((bytes) => Buffer.from(bytes)),
});

describe("agent message", () => {
  it("comes back as it was sent", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeMessage(encodeMessage(message))).to.deep.equal(message);
      }),
    );
  });

  it("is laid out as the session-manager-plugin reads it", () => {
    const frame = encodeMessage({
      messageType: "output_stream_data",
      schemaVersion: 1,
      createdDate: 1_503_434_274_948,
      sequenceNumber: 2,
      flags: 3n,
      messageId: "dd01e56b-ff48-483e-a508-b5f073f31b16",
      payloadType: 1,
      payload: Buffer.from("payload"),
    });
    expect(frame.toString("hex")).to.equal(
      [
        "00000074",
        Buffer.from("output_stream_data".padEnd(32)).toString("hex"),
        "00000001",
        "0000015e0baa7884",
        "0000000000000002",
        "0000000000000003",
        "a508b5f073f31b16dd01e56bff48483e",
        "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5",
        "00000001",
        "00000007",
        Buffer.from("payload").toString("hex"),
      ].join(""),
    );
  });

  it("takes a type that is padded with zeros", () => {
    const frame = encodeMessage(fc.sample(messages, 1)[0]!);
    frame.fill(0, 4, 36);
    frame.write("acknowledge", 4);
    expect(decodeMessage(frame).messageType).to.equal("acknowledge");
  });

  it("is refused when its payload is not what was sent", () => {
    const filled = messages.filter(({ payload }) => payload.length > 0);
    fc.assert(
      fc.property(filled, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, position, change) => {
        const frame = encodeMessage(message);
        const at = frame.length - 1 - (position % message.payload.length);
        frame[at] = frame[at]! ^ change;
        expect(() => decodeMessage(frame)).to.throw(MalformedMessage, "digest");
        expect(() => decodeMessage(encodeMessage(message).subarray(0, -1))).to.throw(MalformedMessage, "length");
      }),
    );
  });

  it("fails in one way for whatever bytes come", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          decodeMessage(Buffer.from(bytes));
        } catch (error) {
          expect(error).to.be.instanceOf(MalformedMessage);
        }
      }),
    );
  });
});
