import { expect } from "chai";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import { OwnWrites } from "./own-writes.ts";

describe("a task that was written", () => {
  const at = (resourceVersion: string, uid = "one"): ECSTask => ({
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTask",
    metadata: { name: "task", uid, resourceVersion },
    spec: { taskDefinition: "web:1" },
  });

  it("is ahead of its older copies, of no other task, and no longer once the cache has it", () => {
    const writes = new OwnWrites();
    expect(writes.isAheadOf(at("9"))).to.equal(false);
    writes.note(at("10"));
    expect(writes.isAheadOf(at("9"))).to.equal(true);
    expect(writes.isAheadOf(at("9", "other"))).to.equal(false);
    expect(writes.isAheadOf(at("10"))).to.equal(false);
    expect(writes.isAheadOf(at("9")), "seen once").to.equal(false);
  });
});
