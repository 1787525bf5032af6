import { expect } from "chai";
import { array, assert, dictionary, integer, jsonValue, property, string } from "fast-check";
import { ItemSplitter, readList } from "./list-items.ts";

/** What the splitter makes of a text that comes in pieces of so many bytes. */
function split(text: string, size: number): { items: unknown[]; rest: unknown } {
  const bytes = Buffer.from(text);
  const splitter = new ItemSplitter();
  const items: string[] = [];
  for (let at = 0; at < bytes.length; at += size) items.push(...splitter.push(bytes.subarray(at, at + size)));
  return { items: items.map((item) => JSON.parse(item) as unknown), rest: JSON.parse(splitter.rest) as unknown };
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

describe("reading a list", () => {
  it("gives the same items however the bytes are cut, wherever the items stand, and the list without them", () => {
    const item = dictionary(string({ unit: "grapheme" }), jsonValue());
    assert(
      property(
        array(item),
        jsonValue(),
        integer({ min: 1, max: 40 }),
        integer({ min: 0, max: 2 }),
        (all, other, size, indent) => {
          const list = { kind: "List", before: other, items: all, metadata: { resourceVersion: "7", after: other } };
          const { items, rest } = split(JSON.stringify(list, undefined, indent), size);
          expect(items).to.deep.equal(JSON.parse(JSON.stringify(all)));
          expect(rest).to.deep.equal(JSON.parse(JSON.stringify({ ...list, items: [] })));
        },
      ),
    );
  });

  it("takes no other array for the items", () => {
    const text = '{"metadata":{"items":[{"a":1}]},"columns":["\\"items\\":[",{"b":2}],"items":null}';
    expect(split(text, 5)).to.deep.equal({ items: [], rest: JSON.parse(text) as unknown });
  });

  it("knows where a string ends, whatever is escaped in it", () => {
    const texts = ['"', "\\", '\\"', "\\\\", '"}],', '\\\\"{[', ""];
    const list = { metadata: {}, items: texts.map((text) => ({ [text]: text })) };
    for (let size = 1; size < 20; size++) expect(split(JSON.stringify(list), size).items).to.deep.equal(list.items);
  });

  it("keeps of each item what it is told to", async () => {
    const text = '{"metadata":{"resourceVersion":"5"},"items":[{"a":1,"b":2},{"a":3,"b":4}]}';
    const list = await readList<{ a: number; b?: number }>(chunksOf(text), ({ a }) => ({ a }));
    expect(list).to.deep.equal({ metadata: { resourceVersion: "5" }, items: [{ a: 1 }, { a: 3 }] });
  });

  it("refuses what is no list, or no whole one", async () => {
    for (const text of ["<html>sorry</html>", '{"metadata":{},"items":[{"a":1}', '{"kind":"Status"}', ""]) {
      const error = await readList(chunksOf(text), (item) => item).catch((reason: unknown) => reason);
      expect(error, text).to.be.instanceOf(SyntaxError);
    }
  });
});
