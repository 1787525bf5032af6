import { assert } from "chai";
import type { KubeObject } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { trackWrites, type WaitFor } from "./writes.ts";

describe("a gateway's own writes", () => {
  const { ECSCluster, ECSTask } = RESOURCES;
  const options = { timeoutMs: 50, giveUpMs: 1000, nameOf: ({ metadata }: KubeObject) => metadata?.name ?? "" };
  const at = (resourceVersion: string, name = "one") => ({ metadata: { name, resourceVersion } });
  const CLUSTERS = [{ resource: ECSCluster.plural }];
  const BOTH = [...CLUSTERS, { resource: ECSTask.plural }];
  const tasks = (...names: string[]) => [{ resource: ECSTask.plural, names }];

  /** A read side that shows what it is told to, and tells how it was asked. */
  class ReadSide {
    readonly asked: string[] = [];
    readonly #waiting: { readonly name: string; readonly end: (seen: boolean) => void }[] = [];

    readonly waitFor: WaitFor = ({ resource, resourceVersion }, timeoutMs) => {
      const name = `${resource}@${resourceVersion}`;
      this.asked.push(`${name} ${timeoutMs}`);
      return new Promise((end) => this.#waiting.push({ name, end }));
    };

    async end(name: string, seen: boolean): Promise<void> {
      for (const waiting of this.#waiting) if (waiting.name === name) waiting.end(seen);
      await Promise.resolve();
    }
  }

  it("are asked for at once, the newest of each resource", () => {
    const side = new ReadSide();
    const writes = trackWrites(side.waitFor, options);
    for (const version of ["9", "10", "8"]) writes.note(ECSCluster, at(version));
    writes.note(ECSTask, at("7"));
    writes.note(ECSTask, {});
    assert.deepEqual(side.asked, ["ecsclusters@9 1000", "ecsclusters@10 1000", "ecstasks@7 1000"]);
  });

  it("are waited for by who reads their resource, and by nobody else", async () => {
    const side = new ReadSide();
    const writes = trackWrites(side.waitFor, options);
    assert.isUndefined(writes.seen(BOTH));
    writes.note(ECSTask, at("7"));
    assert.isUndefined(writes.seen(CLUSTERS));
    const seen = writes.seen(BOTH);
    assert.equal(side.asked.at(-1), "ecstasks@7 50");
    await side.end("ecstasks@7", true);
    assert.isTrue(await seen);
    assert.isUndefined(writes.seen(BOTH));
  });

  it("are waited for by who reads that very object, and not by who reads another one", async () => {
    const side = new ReadSide();
    const writes = trackWrites(side.waitFor, options);
    writes.note(ECSTask, at("9", "one"));
    writes.note(ECSTask, at("8", "other"));
    assert.isUndefined(writes.seen(tasks("third")));
    void writes.seen(tasks("third", "other"));
    assert.equal(side.asked.at(-1), "ecstasks@8 50");
    void writes.seen([{ resource: ECSTask.plural }]);
    assert.equal(side.asked.at(-1), "ecstasks@9 50");
    const asked = side.asked.length;
    void writes.seen(tasks("other", "one"));
    assert.deepEqual(side.asked.slice(asked), ["ecstasks@9 50"], "of several the newest");
    await side.end("ecstasks@8", true);
    assert.isUndefined(writes.seen(tasks("other")));
    assert.isDefined(writes.seen(tasks("one")));
  });

  it("are waited for again when they were not seen in time, or others were made meanwhile", async () => {
    const side = new ReadSide();
    const writes = trackWrites(
      (write, timeoutMs) => (timeoutMs === options.timeoutMs ? Promise.resolve(false) : side.waitFor(write, timeoutMs)),
      options,
    );
    writes.note(ECSCluster, at("10"));
    assert.isFalse(await writes.seen(CLUSTERS));
    writes.note(ECSCluster, at("11"));
    await side.end("ecsclusters@10", true);
    assert.isFalse(await writes.seen(CLUSTERS));
    await side.end("ecsclusters@11", true);
    assert.isUndefined(writes.seen(CLUSTERS));
  });

  it("are let go when they do not show for long", async () => {
    const side = new ReadSide();
    const writes = trackWrites(side.waitFor, options);
    writes.note(ECSCluster, at("10"));
    await side.end("ecsclusters@10", false);
    assert.isUndefined(writes.seen(CLUSTERS));
  });
});
