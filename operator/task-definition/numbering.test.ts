import { expect } from "chai";
import type { ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { isNumberTaken, nextRevision } from "./numbering.ts";

let count = 0;
function definition(fixed: number | undefined, given?: number, createdAt = "2026-01-01T00:00:00Z"): ECSTaskDefinition {
  count += 1;
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskDefinition",
    metadata: { name: `d${count}`, uid: `u${count}`, creationTimestamp: createdAt },
    spec: { family: "f", containerDefinitions: [], ...(fixed !== undefined && { revision: fixed }) },
    ...(given !== undefined && { status: { revision: given } }),
  };
}

describe("revision numbers", () => {
  it("go on after the highest that is or was", () => {
    expect(nextRevision([], 0)).to.equal(1);
    expect(nextRevision([definition(3), definition(undefined, 5), definition(undefined)], 2)).to.equal(6);
    expect(nextRevision([definition(3)], 9)).to.equal(10);
  });

  it("belong to the one that fixed them, else to the older", () => {
    const fixed = definition(2, undefined, "2026-01-02T00:00:00Z");
    const given = definition(undefined, 2);
    expect(isNumberTaken(given, [fixed, given])).to.equal(true);
    expect(isNumberTaken(fixed, [fixed, given])).to.equal(false);
    const younger = definition(undefined, 2, "2026-01-03T00:00:00Z");
    expect(isNumberTaken(younger, [given, younger])).to.equal(true);
    expect(isNumberTaken(given, [given, younger])).to.equal(false);
  });
});
