import { expect } from "chai";
import { array, assert, integer, property, string } from "fast-check";
import { LineSplitter } from "./lines.ts";

describe("LineSplitter", () => {
  it("gives the lines that a chunk ends, and keeps the rest for the next", () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from("a\nb\n\nc"))).to.deep.equal(["a", "b"]);
    expect(splitter.push(Buffer.from("d"))).to.deep.equal([]);
    expect(splitter.push(Buffer.from("\ne\n"))).to.deep.equal(["cd", "e"]);
  });

  it("gives the same lines however the bytes are cut, also within a character", () => {
    const text = array(string({ unit: "grapheme", minLength: 1 }).map((line) => line.replaceAll("\n", " ")));
    assert(
      property(text, integer({ min: 1, max: 7 }), (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const splitter = new LineSplitter();
        const got: string[] = [];
        for (let at = 0; at < bytes.length; at += size) got.push(...splitter.push(bytes.subarray(at, at + size)));
        expect(got).to.deep.equal(lines);
      }),
    );
  });

  it("refuses a line without end", () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(8 * 1024 * 1024, "x");
    expect(() => {
      for (let count = 0; count < 5; count++) splitter.push(chunk);
    }).to.throw(RangeError);
  });
});
