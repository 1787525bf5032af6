import { expect } from "chai";
import { scaleInOrder } from "./scale-in-order.ts";
import { task } from "./testing/fixtures.ts";

const strategy = [
  { capacityProvider: "steady", base: 2, weight: 1 },
  { capacityProvider: "spot", weight: 1 },
];
const of = (id: string, capacityProvider: string, more: object = {}) => task(id, "1", { capacityProvider, ...more });

describe("the order of scale-in over capacity providers", () => {
  it("keeps the base, then the weights, whatever started when", () => {
    const tasks = [of("a", "spot"), of("b", "spot"), of("c", "steady"), of("d", "steady"), of("e", "steady")];
    const places = [...scaleInOrder(tasks, strategy)].sort(([, a], [, b]) => a - b).map(([id]) => id);
    expect(places).to.deep.equal(["c", "d", "e", "a", "b"]);
  });

  it("is by age for what the strategy does not ask for, and within each ReplicaSet", () => {
    const tasks = [of("a", "gone"), of("b", "steady"), of("c", "steady", { replicaSet: "old" })];
    expect(Object.fromEntries(scaleInOrder(tasks, strategy))).to.deep.equal({ b: 1, a: 2, c: 1 });
  });

  it("is left to Kubernetes where there is one provider, and without those that stop", () => {
    expect(scaleInOrder([of("a", "steady")], strategy.slice(0, 1)).size).to.equal(0);
    expect(scaleInOrder([of("a", "steady", { phase: "STOPPING" })], strategy).size).to.equal(0);
  });
});
