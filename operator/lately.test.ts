import { expect } from "chai";
import { Lately } from "./lately.ts";

const at = (ms: number): Date => new Date(Date.parse("2026-11-21T10:00:00Z") + ms);

describe("what happened lately", () => {
  it("is counted once each", () => {
    const lately = new Lately(1_000);
    for (const key of ["a", "b", "a"]) lately.note(key, at(0));
    expect(lately.count(at(999))).to.equal(2);
  });

  it("counts for as much as it weighed last", () => {
    const lately = new Lately(1_000);
    lately.note("a", at(0), 10);
    lately.note("b", at(0), 5);
    lately.note("a", at(10), 30);
    expect(lately.count(at(20))).to.equal(35);
  });

  it("counts for the window after, and no longer", () => {
    const lately = new Lately(1_000);
    for (const key of ["a", "b", "c"]) lately.note(key, at(0));
    lately.note("a", at(1_500));
    expect(lately.count(at(1_500))).to.equal(3);
    expect(lately.count(at(2_600))).to.equal(1);
    expect(lately.count(at(9_000))).to.equal(0);
  });
});
