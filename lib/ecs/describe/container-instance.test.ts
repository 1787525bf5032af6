import { expect } from "chai";
import type { Node } from "../../kube/resources.ts";
import type { Task } from "#model/generated/types.generated.ts";
import { describeContainerInstance } from "./container-instance.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const node: Node = {
  metadata: {
    name: "worker-1",
    uid: "152b57d4-e12d-4944-88bf-4ef65481bfe9",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { "kubernetes.io/os": "linux", "attribute.kecs.io/stack": "prod", "attribute.kecs.io/ssd": "" },
  },
  spec: { providerID: "aws:///eu-west-1a/i-0abc", unschedulable: true },
  status: {
    allocatable: { cpu: "1500m", memory: "2Gi" },
    nodeInfo: { kubeletVersion: "v1.34.4" } as NonNullable<NonNullable<Node["status"]>["nodeInfo"]>,
    conditions: [{ type: "Ready", status: "True" }],
  },
};
const task = (lastStatus: string, hostPort: number): Task => ({
  desiredStatus: "RUNNING",
  lastStatus,
  cpu: "256",
  memory: "512",
  containers: [{ networkBindings: [{ bindIP: "0.0.0.0", hostPort, protocol: "tcp" }] }],
});

describe("a node as a container instance", () => {
  const instance = describeContainerInstance(node, [task("RUNNING", 8080), task("PENDING", 80)], identity, "shop");
  const resource = (name: string, of = instance.remainingResources) => of?.find((each) => each.name === name);

  it("is named by its uid and its machine", () => {
    expect(instance).to.deep.include({
      containerInstanceArn:
        "arn:aws:ecs:us-east-1:000000000000:container-instance/shop/152b57d4e12d494488bf4ef65481bfe9",
      ec2InstanceId: "i-0abc",
      status: "DRAINING",
      agentConnected: true,
      runningTasksCount: 1,
      pendingTasksCount: 1,
      registeredAt: 1_767_225_600,
      versionInfo: { agentVersion: "1.34.4", dockerVersion: "" },
    });
    expect(instance.healthStatus?.overallStatus).to.equal("OK");
  });

  it("has what the cluster's tasks leave", () => {
    expect(resource("CPU", instance.registeredResources)?.integerValue).to.equal(1536);
    expect(resource("CPU")?.integerValue).to.equal(1024);
    expect(resource("MEMORY")?.integerValue).to.equal(1024);
    expect(resource("PORTS")?.stringSetValue).to.deep.equal(["80", "8080"]);
  });

  it("has its labels for attributes", () => {
    expect(instance.attributes).to.deep.equal([
      { name: "ecs.os-type", value: "linux" },
      { name: "ecs.os-family", value: "LINUX" },
      { name: "ssd" },
      { name: "stack", value: "prod" },
    ]);
  });
});
