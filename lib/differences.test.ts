import { expect } from "chai";
import * as fc from "fast-check";
import { differences } from "./differences.ts";

describe("differences", () => {
  it("names each field that changed, came or went", () => {
    const from = { desiredCount: 1, tags: [{ key: "a", value: "1" }], gone: true, deep: { x: 1, y: [1, 2] } };
    const to = { desiredCount: 2, tags: [{ key: "b", value: "1" }], deep: { x: 1, y: [1, 3, 4] }, came: null };
    expect(differences(from, to)).to.deep.equal([
      { path: "desiredCount", from: 1, to: 2 },
      { path: "tags[key=a]", from: { key: "a", value: "1" } },
      { path: "tags[key=b]", to: { key: "b", value: "1" } },
      { path: "gone", from: true },
      { path: "deep.y[1]", from: 2, to: 3 },
      { path: "deep.y[2]", to: 4 },
      { path: "came", to: null },
    ]);
  });

  it("tells items by name, not by place", () => {
    const app = { name: "app", lastStatus: "PENDING" };
    const proxy = { name: "proxy", lastStatus: "RUNNING" };
    expect(differences([app, proxy], [proxy, { ...app, lastStatus: "RUNNING" }])).to.deep.equal([
      { path: "[name=app].lastStatus", from: "PENDING", to: "RUNNING" },
    ]);
  });

  it("finds none in what is equal", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(differences(value, structuredClone(value))).to.deep.equal([]);
      }),
    );
  });
});
