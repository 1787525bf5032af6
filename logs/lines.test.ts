import { expect } from "chai";
import * as fc from "fast-check";
import { LogLines, MAX_EVENT_BYTES, millisecondsOf, nanosecondTime } from "./lines.ts";

const AT = "2026-01-02T03:04:05.600000000Z";

function cut(bytes: Buffer, sizes: readonly number[] = [bytes.length]) {
  const lines = new LogLines();
  const entries = [];
  let start = 0;
  for (const size of [...sizes, bytes.length]) {
    entries.push(...lines.push(bytes.subarray(start, start + size)));
    start += size;
  }
  return [...entries, ...lines.end()];
}

describe("the lines of a container's log", () => {
  it("become events with their time", () => {
    const text =
      "2026-01-02T03:04:05.6Z one\n2026-01-02T03:04:05.600000001Z  two \n2026-01-02T03:04:06Z \n2026-01-02T03:04:07+01:00 last";
    expect(cut(Buffer.from(text))).to.deep.equal([
      { at: AT, message: "one" },
      { at: "2026-01-02T03:04:05.600000001Z", message: " two " },
      { at: "2026-01-02T02:04:07.000000000Z", message: "last" },
    ]);
    expect(millisecondsOf(AT)).to.equal(Date.UTC(2026, 0, 2, 3, 4, 5, 600));
    expect(nanosecondTime("yesterday")).to.equal(undefined);
  });

  it("are left out when they are not Kubernetes' own", () => {
    expect(cut(Buffer.from(`unable to retrieve container logs\n${AT} ok\n`))).to.deep.equal([
      { at: AT, message: "ok" },
    ]);
  });

  it("are the same however the bytes arrive, at whole characters, and none is too long", function () {
    this.timeout(30_000);
    const long = fc
      .integer({ min: MAX_EVENT_BYTES - 70, max: MAX_EVENT_BYTES + 70 })
      .map((length) => "é".repeat(length / 2));
    const text = fc.array(fc.oneof(fc.string({ maxLength: 20 }), long), { maxLength: 4 });
    const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 6 });
    fc.assert(
      fc.property(text, sizes, (messages, sizes) => {
        const lines = messages.map((message) => message.replaceAll("\n", " "));
        const bytes = Buffer.from(lines.map((line) => `${AT} ${line}\n`).join(""));
        const whole = cut(bytes);
        expect(cut(bytes, sizes)).to.deep.equal(whole);
        expect(whole.map(({ message }) => message).join("")).to.equal(lines.join(""));
        for (const { message } of whole) expect(Buffer.byteLength(message)).to.be.at.most(MAX_EVENT_BYTES);
      }),
      { numRuns: 30 },
    );
  });
});
