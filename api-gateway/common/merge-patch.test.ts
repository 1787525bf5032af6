import { assert } from "chai";
import * as fc from "fast-check";
import { mergePatchTo } from "./merge-patch.ts";

type Json = Record<string, unknown>;

/** RFC 7396's own algorithm. */
function applyPatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Json = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyPatch(result[key], value);
  }
  return result;
}

describe("mergePatchTo", () => {
  it("has only what differs", () => {
    const current = { desiredCount: 1, launchType: "EC2", network: { subnets: ["a"], groups: ["g"] }, tags: [1] };
    const wanted = { desiredCount: 2, network: { subnets: ["a", "b"] }, tags: [1] };
    assert.deepEqual(mergePatchTo(current, wanted), {
      desiredCount: 2,
      launchType: null,
      network: { subnets: ["a", "b"], groups: null },
    });
  });

  it("is empty where nothing changes", () => {
    assert.deepEqual(mergePatchTo({ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 1 }] } }), {});
  });

  it("turns any object into any other when it is applied", () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer(), { maxLength: 3 }));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof({ depthSize: "small" }, leaf, tie("tree"))),
    }));
    fc.assert(
      fc.property(tree, tree, (current, wanted) => {
        const before = current as Json;
        const after = wanted as Json;
        assert.deepEqual(applyPatch(before, mergePatchTo(before, after)), after);
      }),
    );
  });
});
