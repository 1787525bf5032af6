import { expect } from "chai";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import type { Pod } from "#lib/kube/resources.ts";
import { CAPACITY_GATE } from "../pod/pool.ts";
import { choices } from "./assign-providers.ts";

const strategy = [
  { capacityProvider: "steady", base: 1, weight: 1 },
  { capacityProvider: "spot", weight: 2 },
];

function pod(name: string, { provider, of = "new", ...more }: { provider?: string; of?: string; phase?: string } = {}) {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: of, uid: of, controller: true };
  const annotations = provider === undefined ? {} : { [ANNOTATIONS.capacityProvider]: provider };
  return {
    metadata: { name, uid: name, creationTimestamp: "2026-11-25T10:00:00Z", ownerReferences: [owner], annotations },
    spec: { containers: [], ...(provider === undefined && { schedulingGates: [{ name: CAPACITY_GATE }] }) },
    status: { phase: more.phase ?? "Pending" },
  } as Pod;
}

const chosen = (pods: readonly Pod[]) =>
  choices(pods, strategy).map(({ pod, provider }) => [pod.metadata?.name, provider]);

describe("choosing the capacity providers of a service's Pods", () => {
  it("fills the base, then goes by weight", () => {
    const pods = ["a", "b", "c", "d"].map((name) => pod(name));
    expect(chosen(pods)).to.deep.equal([
      ["a", "steady"],
      ["b", "spot"],
      ["c", "steady"],
      ["d", "spot"],
    ]);
  });

  it("counts those that are there, of the same deployment, and not those that have ended", () => {
    const there = [
      pod("x", { provider: "steady" }),
      pod("old", { provider: "spot", of: "old" }),
      pod("ended", { provider: "spot", phase: "Failed" }),
      pod("y", { provider: "steady" }),
    ];
    expect(chosen([...there, pod("a")])).to.deep.equal([["a", "spot"]]);
  });

  it("lets a Pod go anywhere whose service has no strategy any more", () => {
    expect(choices([pod("a")], [])[0]?.provider).to.equal(undefined);
  });
});
