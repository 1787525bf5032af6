import { expect } from "chai";
import { Slots } from "./slots.ts";

describe("places", () => {
  const never = new AbortController().signal;

  it("are given in turn, and given up by whoever goes", async () => {
    const slots = new Slots(1, 60_000);
    const first = await slots.take(never);
    const leaving = new AbortController();
    const left = slots.take(leaving.signal);
    const second = slots.take(never);
    expect([slots.held, slots.waiting]).to.deep.equal([1, 2]);
    leaving.abort(new Error("gone"));
    expect(await left.catch(String)).to.equal("Error: gone");
    first.release();
    first.release();
    expect((await second).handOver.aborted).to.equal(false);
    expect([slots.held, slots.waiting]).to.deep.equal([1, 0]);
  });

  it("are handed over after a turn when others wait", async () => {
    const slots = new Slots(2, 40);
    const holders = [await slots.take(never), await slots.take(never)];
    const waiting = slots.take(never);
    expect(holders.map(({ handOver }) => handOver.aborted)).to.deep.equal([false, false]);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(holders[0]?.handOver.aborted).to.equal(true);
    holders[0]?.release();
    await waiting;
  });
});
