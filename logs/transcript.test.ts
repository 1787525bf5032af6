import { expect } from "chai";
import { TerminalLines } from "./transcript.ts";

function linesOf(...pieces: (string | Buffer)[]): string[] {
  const lines = new TerminalLines();
  return [...pieces.flatMap((piece) => lines.push(Buffer.from(piece))), ...lines.end()];
}

describe("what a terminal showed", () => {
  it("is lines of text, the last one without an end", () => {
    expect(linesOf("/ # id\r\nuid=0(root)\r\n\r\n/ # exit")).to.deep.equal(["/ # id", "uid=0(root)", "/ # exit"]);
  });

  it("has no colours, titles and cursor movements", () => {
    expect(linesOf("\u001b]0;title\u0007\u001b[1;34mbin\u001b[m\u001b[J  \u001b(Betc\u001b[6n\r\n")).to.deep.equal([
      "bin  etc",
    ]);
  });

  it("is as it was corrected while typing", () => {
    expect(linesOf("$ lx\b \bs\r\n\b\bok\r\n")).to.deep.equal(["$ ls", "ok"]);
  });

  it("is the same however it comes in pieces", () => {
    const text = Buffer.from("\u001b[31mgrün\u001b[0m\r\n\u001b]2;x\u001b\\zwei\r\n");
    const whole = linesOf(text);
    for (let at = 1; at < text.length; at += 1) {
      expect(linesOf(text.subarray(0, at), text.subarray(at)), String(at)).to.deep.equal(whole);
    }
    expect(whole).to.deep.equal(["grün", "zwei"]);
  });

  it("that is one very long line becomes several events, nothing lost", () => {
    const text = "x".repeat(1_000_000);
    const events = linesOf(text.slice(0, 400_000), text.slice(400_000));
    expect(events.join("")).to.equal(text);
    for (const event of events) expect(event.length).to.be.below(256 * 1024);
  });
});
