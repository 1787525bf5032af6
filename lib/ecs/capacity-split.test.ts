import { expect } from "chai";
import * as fc from "fast-check";
import { nextProvider, onlyProvider, splitTasks } from "./capacity-split.ts";

const item = (capacityProvider: string, weight?: number, base?: number) => ({
  capacityProvider,
  ...(weight !== undefined && { weight }),
  ...(base !== undefined && { base }),
});
const countsOf = (names: readonly string[]) => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
};

describe("splitting tasks over capacity providers", () => {
  const strategy = [item("on-demand", 1, 2), item("spot", 3)];

  it("gives the base first, then by weight", () => {
    expect(splitTasks(2, strategy, 0.9)).to.deep.equal(["on-demand", "on-demand"]);
    for (const point of [0, 0.3, 0.99]) {
      expect(Object.fromEntries(countsOf(splitTasks(10, strategy, point)))).to.deep.equal({ "on-demand": 4, spot: 6 });
    }
  });

  it("is exact over many calls of one task", () => {
    const calls = Array.from({ length: 100 }, (_, index) => splitTasks(1, [item("a", 1), item("b", 3)], index / 100));
    expect(countsOf(calls.flat()).get("a")).to.equal(25);
  });

  it("never lacks or adds a task, nor is a whole task away from the share", () => {
    const strategies = fc.array(fc.record({ weight: fc.integer({ min: 0, max: 1000 }) }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(strategies, fc.nat(50), fc.double({ min: 0, max: 0.999, noNaN: true }), (weights, count, point) => {
        const items = weights.map(({ weight }, index) => item(`p${index}`, weight));
        const total = weights.reduce((sum, { weight }) => sum + weight, 0);
        const names = splitTasks(count, items, point);
        expect(names).to.have.length(count);
        if (total === 0) return;
        const counts = countsOf(names);
        for (const { capacityProvider, weight = 0 } of items) {
          expect(Math.abs((counts.get(capacityProvider) ?? 0) - (count * weight) / total)).to.be.lessThan(1.0001);
        }
      }),
    );
  });

  it("takes a service's tasks one by one to the same shares", () => {
    const names: string[] = [];
    for (let index = 0; index < 10; index++) names.push(nextProvider(strategy, countsOf(names))!);
    expect(names.slice(0, 2)).to.deep.equal(["on-demand", "on-demand"]);
    expect(Object.fromEntries(countsOf(names))).to.deep.equal({ "on-demand": 4, spot: 6 });
    // Whatever went, the next makes up for it.
    expect(nextProvider(strategy, new Map([["spot", 6]]))).to.equal("on-demand");
    expect(nextProvider(strategy, new Map([["on-demand", 6]]))).to.equal("spot");
  });

  it("knows a strategy that leaves no choice", () => {
    expect(onlyProvider([item("a")])).to.equal("a");
    expect(onlyProvider([item("a", 1, 1), item("b", 0)])).to.equal("a");
    expect(onlyProvider([item("a", 1), item("b", 0, 1)])).to.equal(undefined);
    expect(onlyProvider([])).to.equal(undefined);
    expect(splitTasks(3, [], 0)).to.deep.equal([]);
  });
});
