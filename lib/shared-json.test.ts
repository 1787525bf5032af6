import { expect } from "chai";
import * as fc from "fast-check";
import { share, toJson, withoutTags } from "./shared-json.ts";

describe("shared JSON", () => {
  it("has the same text as JSON.stringify, shared or not", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.boolean(), (answer, sharing) => {
        const expected = JSON.stringify(answer);
        if (sharing) {
          for (const value of Object.values(answer).flat(1)) {
            if (typeof value === "object" && value !== null) share(value);
          }
        }
        expect(toJson(answer)).to.equal(expected);
        expect(toJson(answer)).to.equal(expected);
      }),
    );
  });

  it("leaves out what is undefined, as JSON.stringify does", () => {
    expect(toJson({ a: undefined, b: [undefined, 1] })).to.equal('{"b":[null,1]}');
  });

  it("takes text that is known, freezes all of the value, and leaves out tags once", () => {
    const value = share({ name: "a", tags: [{ key: "k" }] }, '{"name":"a","tags":[{"key":"k"}]}');
    expect(toJson({ value })).to.equal('{"value":{"name":"a","tags":[{"key":"k"}]}}');
    expect(() => value.tags.push({ key: "l" })).to.throw(TypeError);
    const bare = withoutTags(value);
    expect(bare).to.deep.equal({ name: "a" });
    expect(withoutTags(value)).to.equal(bare);
    expect(withoutTags({ tags: 1, x: 2 })).to.deep.equal({ x: 2 });
  });
});
