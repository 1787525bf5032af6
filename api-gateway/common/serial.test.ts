import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "chai";
import { createSerial } from "./serial.ts";
import { until } from "./until.ts";

const never = new AbortController().signal;

describe("turns", () => {
  it("are taken one after the other for one key, also after failures", async () => {
    const serial = createSerial();
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = (index: number) => async (): Promise<number> => {
      most = Math.max(most, ++running);
      await sleep(1);
      running--;
      order.push(index);
      if (index === 1) throw new Error("one");
      return index;
    };
    const results = await Promise.allSettled([0, 1, 2, 3].map((index) => serial.run("a", never, work(index))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled"],
    );
    assert.equal(most, 1);
    assert.deepEqual(order, [0, 1, 2, 3]);
  });

  it("of other keys are not waited for, and waiting can be given up without losing the order", async () => {
    const serial = createSerial();
    const { promise: blocked, resolve: release } = Promise.withResolvers<void>();
    const first = serial.run("a", never, () => blocked);
    assert.equal(await serial.run("b", never, async () => "b"), "b");
    const given = AbortSignal.timeout(5);
    const second = await serial.run("a", given, async () => "second").catch((error: Error) => error.name);
    assert.equal(second, "TimeoutError");
    let third = "waits";
    const last = serial.run("a", never, async () => (third = "ran"));
    await sleep(5);
    assert.equal(third, "waits");
    release();
    await Promise.all([first, last]);
    assert.equal(third, "ran");
  });
});

describe("until", () => {
  it("asks until yes, until the time is over, or until it is aborted", async () => {
    let asked = 0;
    const third = async () => ++asked === 3;
    assert.isTrue(await until(third, { timeoutMs: 1000, intervalMs: 1, signal: never }));
    assert.isFalse(await until(async () => false, { timeoutMs: 10, intervalMs: 5, signal: never }));
    const options = { timeoutMs: 60_000, intervalMs: 30_000, signal: AbortSignal.timeout(5) };
    const aborted = await until(async () => false, options).catch((error: Error) => error.name);
    assert.equal(aborted, "AbortError");
  });
});
