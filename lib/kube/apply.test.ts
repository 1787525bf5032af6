import { expect } from "chai";
import { APPLIED_HASH, contentHash, isApplied, mergePatchOf } from "./apply.ts";
import { covers } from "./covers.ts";
import type { KubeObject } from "./resources.ts";

const desired = (): KubeObject & { spec: Record<string, unknown> } => ({
  metadata: { namespace: "ns", name: "web", labels: { app: "web" } },
  spec: { replicas: 2, containers: [{ name: "web", image: "nginx", ports: [{ containerPort: 80 }] }] },
});

/** As the API server would have stored it: defaults filled in, others' fields beside ours. */
const stored = (hash: string): KubeObject & { spec: Record<string, unknown> } => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { ...desired().metadata, uid: "u", annotations: { [APPLIED_HASH]: hash, other: "x" } },
  spec: {
    replicas: 2,
    paused: false,
    containers: [
      { name: "injected", image: "proxy" },
      { name: "web", image: "nginx", imagePullPolicy: "Always", ports: [{ containerPort: 80, protocol: "TCP" }] },
    ],
  },
});

describe("isApplied", () => {
  it("holds for what was applied, whatever the API server and others added", () => {
    expect(isApplied(stored(contentHash(desired())), desired())).to.equal(true);
  });

  it("fails when a field is no longer wanted, though all that is wanted is there", () => {
    const before = desired();
    before.spec.paused = false;
    expect(isApplied(stored(contentHash(before)), desired())).to.equal(false);
  });

  it("fails when someone changed or removed a field of ours", () => {
    const changed = stored(contentHash(desired()));
    changed.spec.replicas = 5;
    expect(isApplied(changed, desired())).to.equal(false);
    const unlabelled = stored(contentHash(desired()));
    if (unlabelled.metadata) unlabelled.metadata.labels = {};
    expect(isApplied(unlabelled, desired())).to.equal(false);
  });

  it("fails for an object that was never applied", () => {
    expect(isApplied({ ...stored(""), metadata: { name: "web" } }, desired())).to.equal(false);
  });
});

describe("contentHash", () => {
  it("ignores the order of members and members that are undefined", () => {
    expect(contentHash({ a: 1, b: { c: [1, 2], d: undefined } })).to.equal(contentHash({ b: { c: [1, 2] }, a: 1 }));
    expect(contentHash({ a: [1, 2] })).not.to.equal(contentHash({ a: [2, 1] }));
    expect(contentHash({ a: null })).not.to.equal(contentHash({}));
  });
});

describe("covers", () => {
  const rows: [what: string, actual: unknown, wanted: unknown, holds: boolean][] = [
    ["equal values", 1, 1, true],
    ["different values", 1, "1", false],
    ["more members", { a: 1, b: 2 }, { a: 1 }, true],
    ["a missing member", { a: 1 }, { a: 1, b: 2 }, false],
    ["a member that is undefined", { a: 1 }, { a: 1, b: undefined }, true],
    ["an empty object that was dropped", { a: 1 }, { a: 1, b: {} }, true],
    ["zero values that were dropped", {}, { a: "", b: false, c: 0, d: [], e: { f: "" } }, true],
    ["a zero value where there is another", { a: 5, b: "x" }, { a: 0, b: "" }, false],
    ["an object that was dropped", { a: 1 }, { a: 1, b: { c: 1 } }, false],
    ["named items in another order", [{ name: "b" }, { name: "a", x: 1 }], [{ name: "a", x: 1 }, { name: "b" }], true],
    ["a missing named item", [{ name: "b" }], [{ name: "a" }], false],
    ["plain items in another order", [2, 1], [1, 2], false],
    ["more plain items", [1, 2, 3], [1, 2], true],
    ["a list where there is none", undefined, [1], false],
    ["null", null, null, true],
  ];
  for (const [what, actual, wanted, holds] of rows) {
    it(`${holds ? "accepts" : "refuses"} ${what}`, () => expect(covers(actual, wanted)).to.equal(holds));
  }
});

describe("mergePatchOf", () => {
  it("says what changes, with null for what goes", () => {
    const from = { same: { deep: 1 }, gone: 1, list: [1, 2], inner: { a: 1, b: 2 } };
    const to = { same: { deep: 1 }, list: [2], inner: { a: 1, c: 3 }, fresh: {} };
    expect(mergePatchOf(from, to)).to.deep.equal({ gone: null, list: [2], inner: { b: null, c: 3 }, fresh: {} });
  });

  it("is all there is when there was nothing", () => {
    expect(mergePatchOf(undefined, { a: 1 })).to.deep.equal({ a: 1 });
  });
});
