import { expect } from "chai";
import { isTrue, setConditions } from "./conditions.ts";

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second, 123));
const stamp = (second: number): string => `2026-01-01T00:00:0${second}Z`;

describe("setConditions", () => {
  it("says exactly one of Ready, Reconciling and Stalled", () => {
    const finding = { reason: "Because", message: "It is so." };
    for (const [progress, type] of [
      [{ ready: finding }, "Ready"],
      [{ reconciling: finding }, "Reconciling"],
      [{ stalled: finding }, "Stalled"],
    ] as const) {
      const conditions = setConditions(undefined, progress, 3, at(1));
      expect(conditions.map((condition) => condition.type)).to.deep.equal(["Ready", "Reconciling", "Stalled"]);
      expect(conditions.filter((one) => one.status === "True").map((one) => one.type)).to.deep.equal([type]);
      expect(conditions.map((one) => one.observedGeneration)).to.deep.equal([3, 3, 3]);
      expect(conditions.map((one) => one.reason)).to.deep.equal(["Because", "Because", "Because"]);
    }
  });

  it("says with Ready why the object is not", () => {
    const stalled = { reason: "NotFound", message: "Task definition web:1 does not exist." };
    const [ready, reconciling] = setConditions(undefined, { stalled }, 1, at(1));
    expect(ready?.message).to.equal(stalled.message);
    expect(reconciling?.message).to.equal("");
  });

  it("moves lastTransitionTime of those alone whose status changed", () => {
    const first = setConditions(undefined, { reconciling: { reason: "Deploying", message: "0 of 2" } }, 1, at(1));
    const second = setConditions(first, { reconciling: { reason: "Deploying", message: "1 of 2" } }, 2, at(2));
    expect(second.map((one) => one.lastTransitionTime)).to.deep.equal([stamp(1), stamp(1), stamp(1)]);
    expect(second[1]?.message).to.equal("1 of 2");
    const third = setConditions(second, { ready: { reason: "Steady", message: "2 of 2" } }, 2, at(3));
    expect(third.map((one) => one.lastTransitionTime)).to.deep.equal([stamp(3), stamp(3), stamp(1)]);
  });

  it("gives equal conditions for equal findings, at any time", () => {
    const progress = { ready: { reason: "Steady", message: "" } };
    const first = setConditions(undefined, progress, 1, at(1));
    expect(setConditions(first, progress, 1, at(9))).to.deep.equal(first);
  });

  it("keeps conditions of other types", () => {
    const other = { type: "Fresh", status: "True" as const, reason: "R", message: "", lastTransitionTime: stamp(1) };
    const conditions = setConditions([other], { ready: { reason: "Steady", message: "" } }, undefined, at(2));
    expect(conditions[0]).to.deep.equal(other);
    expect(isTrue(conditions, "Ready")).to.equal(true);
    expect(isTrue(conditions, "Stalled")).to.equal(false);
    expect(conditions[1]).not.to.have.property("observedGeneration");
  });
});
