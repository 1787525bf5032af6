import { assert } from "chai";
import { containerInstanceId, findNode, reasonNotToStart } from "./container-instances.ts";

const node = (name: string, uid: string, ready = "True", unschedulable = false) => ({
  metadata: { name, uid },
  spec: { unschedulable },
  status: {
    conditions: [
      { type: "Ready", status: ready, lastTransitionTime: "", lastHeartbeatTime: "", message: "", reason: "" },
    ],
  },
});

describe("container instances", () => {
  const nodes = [
    node("node-a", "11111111-2222-3333-4444-555555555555"),
    node("node-b", "66666666-7777-8888-9999-000000000000"),
  ];

  it("are found by ARN, id and node name", () => {
    const id = "66666666777788889999000000000000";
    const arn = `arn:aws:ecs:us-east-1:000000000000:container-instance/default/${id}`;
    for (const reference of [id, arn, "node-b"]) {
      assert.equal(findNode(nodes, reference)?.metadata?.name, "node-b", reference);
    }
    assert.isUndefined(findNode(nodes, "node-c"));
    assert.equal(containerInstanceId(nodes[1]!), id);
  });

  it("say why they cannot take a task", () => {
    assert.isUndefined(reasonNotToStart(node("a", "u")));
    assert.equal(reasonNotToStart(node("a", "u", "Unknown"))?.reason, "AGENT");
    assert.equal(reasonNotToStart(node("a", "u", "True", true))?.reason, "INACTIVE");
    const there = node("a", "u");
    const taints = [{ key: "kecs.io/deregistered", effect: "NoSchedule" }];
    assert.match(reasonNotToStart({ ...there, spec: { taints } })?.detail ?? "", /deregistered/);
  });
});
