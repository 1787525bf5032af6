import { assert } from "chai";
import { parseTaskDefinition } from "./arns.ts";
import { recordedRevision, revisionKey } from "./revisions.ts";

describe("recorded revisions", () => {
  it("are found under keys that a ConfigMap can have", () => {
    const long = "f".repeat(255);
    assert.isAtMost(revisionKey(long).length, 253);
    assert.notEqual(revisionKey(long), revisionKey(`${long.slice(1)}g`));
    assert.equal(recordedRevision({ web: "7", [revisionKey(long)]: "3" }, "web"), 7);
    assert.equal(recordedRevision({ [revisionKey(long)]: "3" }, long), 3);
  });

  it("are 0 where there is none that can be read", () => {
    for (const data of [undefined, {}, { web: "x" }, { web: "-1" }, { web: "" }]) {
      assert.equal(recordedRevision(data, "web"), 0);
    }
  });

  it("are numbers that a revision can have", () => {
    assert.deepEqual(parseTaskDefinition("web:7"), { family: "web", revision: 7 });
    assert.isUndefined(parseTaskDefinition("web:99999999999999999999"));
  });
});
