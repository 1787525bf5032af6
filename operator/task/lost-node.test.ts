import { expect } from "chai";
import type { Node, Pod } from "#lib/kube/resources.ts";
import { overdue } from "./lost-node.ts";

const node = (status: string): Node => ({
  metadata: { name: "worker-1" },
  spec: { providerID: "aws:///eu-west-1a/i-0abc" },
  status: { conditions: [{ type: "Ready", status }] },
});
const leaving: Pod = { metadata: { deletionTimestamp: "2026-01-01T00:01:00Z" } };
const at = (time: string): Date => new Date(`2026-01-01T${time}Z`);

describe("a Pod that is to end", () => {
  it("is waited for where its node answers, or nobody asked it to end", () => {
    expect(overdue(leaving, node("True"), at("00:10:00"))).to.deep.equal({});
    expect(overdue({ metadata: {} }, node("Unknown"), at("00:10:00"))).to.deep.equal({});
  });

  it("is given up half a minute after its grace where its node does not answer", () => {
    expect(overdue(leaving, node("Unknown"), at("00:01:10"))).to.deep.equal({ lookAgainInMs: 20_000 });
    expect(overdue(leaving, node("Unknown"), at("00:01:30"))).to.deep.equal({
      lostNode: { instanceId: "i-0abc", gone: false },
    });
  });
});
