import { expect } from "chai";
import { array, assert, asyncProperty, constant, constantFrom, nat, oneof, record } from "fast-check";
import { FakeClock, settle } from "./testing/fake-clock.ts";
import { WorkQueue, type WorkQueueOptions } from "./workqueue.ts";

function queueWith(options: WorkQueueOptions = {}): { clock: FakeClock; queue: WorkQueue } {
  const clock = new FakeClock();
  return { clock, queue: new WorkQueue({ clock, random: () => 1, ...options }) };
}

describe("WorkQueue", () => {
  it("hands out a key once however often it was added, in the order of first adding", async () => {
    const { queue } = queueWith();
    for (const key of ["a", "b", "a", "a"]) queue.add(key);
    expect(queue.depth).to.equal(2);
    expect([await queue.take(), await queue.take()]).to.deep.equal(["a", "b"]);
    expect(queue.depth).to.equal(0);
  });

  it("gives a key that is added while a worker has it to no other, but brings it round again", async () => {
    const { queue } = queueWith();
    queue.add("a");
    await queue.take();
    queue.add("a");
    queue.add("a");
    expect(queue.depth).to.equal(0);
    queue.done("a");
    expect(await queue.take()).to.equal("a");
    queue.done("a");
    expect(queue.depth).to.equal(0);
  });

  it("wakes a waiting worker", async () => {
    const { queue } = queueWith();
    const taken = queue.take();
    queue.add("a");
    expect(await taken).to.equal("a");
  });

  it("keeps the earliest of several delays", async () => {
    const { clock, queue } = queueWith();
    queue.addAfter("a", 1000);
    queue.addAfter("a", 5000);
    queue.addAfter("a", 200);
    await clock.advance(199);
    expect(queue.depth).to.equal(0);
    await clock.advance(1);
    expect(queue.depth).to.equal(1);
    expect(clock.pending).to.equal(0);
  });

  it("drops a delay when the key is added at once", () => {
    const { clock, queue } = queueWith();
    queue.addAfter("a", 1000);
    queue.add("a");
    expect(clock.pending).to.equal(0);
  });

  it("retries later each time, up to a limit, and quickly again once forgotten", async () => {
    const { clock, queue } = queueWith({ baseDelayMs: 5, maxDelayMs: 40 });
    const delays: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const from = clock.monotonic();
      queue.retry("a");
      while (queue.depth === 0) await clock.advance(1);
      delays.push(clock.monotonic() - from);
      queue.done((await queue.take()) ?? "");
    }
    expect(delays).to.deep.equal([5, 10, 20, 40, 40, 40]);
    expect(queue.retries("a")).to.equal(6);
    queue.forget("a");
    expect(queue.retries("a")).to.equal(0);
  });

  it("holds the retries of all keys together to a rate", async () => {
    const { clock, queue } = queueWith({ retriesPerSecond: 10, retryBurst: 2, baseDelayMs: 1 });
    for (let key = 0; key < 12; key++) queue.retry(`k${key}`);
    await clock.advance(2);
    expect(queue.depth).to.equal(2);
    await clock.advance(500);
    expect(queue.depth).to.equal(7);
    await clock.advance(500);
    expect(queue.depth).to.equal(12);
  });

  it("ends for waiting workers at shutdown, and waits for the keys in hand", async () => {
    const { queue } = queueWith();
    queue.add("a");
    expect(await queue.take()).to.equal("a");
    const waiting = queue.take();
    let down = false;
    const shutDown = queue.shutDown().then(() => (down = true));
    expect(await waiting).to.equal(undefined);
    queue.add("b");
    queue.addAfter("c", 1);
    await settle();
    expect(down).to.equal(false);
    queue.done("a");
    await shutDown;
    expect(await queue.take()).to.equal(undefined);
  });

  it("tells its depth and retries", async () => {
    const depths: number[] = [];
    const retried: string[] = [];
    const { queue } = queueWith({ onDepth: (depth) => depths.push(depth), onRetry: (key) => retried.push(key) });
    queue.add("a");
    queue.add("b");
    await queue.take();
    queue.retry("a");
    expect(depths).to.deep.equal([1, 2, 1]);
    expect(retried).to.deep.equal(["a"]);
  });

  const step = oneof(
    record({ do: constant("add" as const), key: constantFrom("a", "b", "c") }),
    record({ do: constant("addAfter" as const), key: constantFrom("a", "b", "c"), ms: nat(50) }),
    record({ do: constant("retry" as const), key: constantFrom("a", "b", "c") }),
    record({ do: constant("take" as const) }),
    record({ do: constant("done" as const), which: nat(3) }),
    record({ do: constant("advance" as const), ms: nat(100) }),
  );

  it("never gives a key to two workers, and never loses one", async () => {
    await assert(
      asyncProperty(array(step, { maxLength: 60 }), async (steps) => {
        const { clock, queue } = queueWith();
        const inHand: string[] = [];
        /** Keys added since a worker last took them. */
        const owed = new Set<string>();
        const took = (key: string | undefined): void => {
          if (key === undefined) return;
          expect(inHand).not.to.include(key);
          inHand.push(key);
          owed.delete(key);
        };
        for (const action of steps) {
          if (action.do === "add") queue.add(action.key);
          else if (action.do === "addAfter") queue.addAfter(action.key, action.ms);
          else if (action.do === "retry") queue.retry(action.key);
          else if (action.do === "take") void queue.take().then(took);
          else if (action.do === "advance") await clock.advance(action.ms);
          else queue.done(inHand.splice(action.which % Math.max(inHand.length, 1), 1)[0] ?? "none");
          if ("key" in action) owed.add(action.key);
          await settle();
        }
        for (let round = 0; round < 20 && owed.size > 0; round++) {
          for (const key of inHand.splice(0)) queue.done(key);
          await clock.advance(300_000);
          void queue.take().then(took);
          await settle();
        }
        expect([...owed]).to.deep.equal([]);
      }),
      { numRuns: 200 },
    );
  });
});
