import { assert } from "chai";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { trackWrites } from "./writes.ts";

describe("read your writes", () => {
  const { ECSCluster, ECSTask } = RESOURCES;
  const options = { timeoutMs: 50, giveUpMs: 1000, now: () => 0 };
  const at = (resourceVersion: string) => ({ metadata: { resourceVersion } });

  it("waits for the newest write of each resource, once", async () => {
    const asked: string[] = [];
    const writes = trackWrites(async ({ resource, resourceVersion }, timeoutMs) => {
      asked.push(`${resource}@${resourceVersion} ${timeoutMs}`);
      return true;
    }, options);
    assert.isTrue(await writes.seen());
    writes.note(ECSCluster, at("9"));
    writes.note(ECSCluster, at("10"));
    writes.note(ECSCluster, at("8"));
    writes.note(ECSTask, at("7"));
    writes.note(ECSTask, {});
    assert.isTrue(await writes.seen());
    assert.isTrue(await writes.seen());
    assert.deepEqual(asked, ["ecsclusters@10 50", "ecstasks@7 50"]);
  });

  it("asks again for what was not seen in time, and for what was written meanwhile", async () => {
    const answers = [false, true, true];
    let asked = 0;
    const writes = trackWrites(async () => {
      if (asked === 1) writes.note(ECSCluster, at("11"));
      return answers[asked++] ?? false;
    }, options);
    writes.note(ECSCluster, at("10"));
    assert.isFalse(await writes.seen());
    assert.isTrue(await writes.seen());
    assert.isTrue(await writes.seen());
    assert.equal(asked, 3);
    await writes.seen();
    assert.equal(asked, 3);
  });

  it("lets go of a write that does not show for long", async () => {
    let now = 0;
    const writes = trackWrites(async () => false, { ...options, now: () => now });
    writes.note(ECSCluster, at("10"));
    now = 1000;
    assert.isFalse(await writes.seen());
    now = 1001;
    assert.isTrue(await writes.seen());
  });
});
