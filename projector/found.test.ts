import { expect } from "chai";
import { toJson } from "#lib/shared-json.ts";
import { foundOf } from "./found.ts";

const ROW = { uid: "u", name: "web", namespace: "n", resource_version: 7n, deleted_at: null };

describe("what is found", () => {
  it("is the row's document, frozen, with the text that it had", () => {
    const text = '{"a": [1, {"b":  2}]}';
    const found = foundOf<{ a: unknown[] }>({ ...ROW, doc: text });
    expect(found.doc).to.deep.equal({ a: [1, { b: 2 }] });
    expect(Object.isFrozen(found.doc.a)).to.equal(true);
    // Not made anew: the blanks are still there.
    expect(toJson({ found: found.doc })).to.equal(`{"found":${text}}`);
    expect(found.ref).to.deep.equal({ namespace: "n", name: "web", uid: "u", resourceVersion: "7", deleted: false });
  });

  it("is the same document for all who look at it together", () => {
    const found = foundOf({ ...ROW, doc: "{}" });
    expect(found.doc).to.equal(found.doc);
  });
});
