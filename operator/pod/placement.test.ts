import { expect } from "chai";
import type { PlacementInput } from "./placement.ts";
import { placementOf } from "./placement.ts";

const task = {
  region: "us-east-1",
  clusterName: "shop",
  clusterArn: "arn:aws:ecs:us-east-1:000000000000:cluster/shop",
  taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3",
  revision: 3,
  group: "batch",
};
const place = (input: Partial<PlacementInput>) =>
  placementOf({ platform: undefined, constraints: [], strategy: [], task, ...input });
const member = (expression: string) => ({ type: "memberOf" as const, expression });
const nodeTermsOf = (input: Partial<PlacementInput>) =>
  place(input).affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;

const GROUP = { "kecs.io/cluster": "shop", "kecs.io/task-group": "batch" };

describe("the place of a Pod", () => {
  it("is anywhere where nothing is asked, or nothing that a node could miss", () => {
    expect(place({})).to.deep.equal({});
    expect(
      place({
        constraints: [member("attribute:stack exists or attribute:stack !exists or not(attribute:a == 'x y')")],
      }),
    ).to.deep.equal({});
    expect(place({ strategy: [{ type: "random" }] })).to.deep.equal({});
  });

  it("is on the nodes of its capacity provider, whose taints it tolerates", () => {
    const toleration = { key: "spot", operator: "Exists" as const };
    const pool = { name: "spot", nodeSelector: { pool: "spot" }, tolerations: [toleration], keepsNodes: true };
    const platform = { operatingSystemFamily: "LINUX" as const };
    expect(place({ pool, platform })).to.deep.equal({
      nodeSelector: { pool: "spot", "kubernetes.io/os": "linux" },
      tolerations: [toleration],
    });
  });

  it("is nowhere where platform and capacity provider contradict each other", () => {
    const pool = { name: "arm", nodeSelector: { "kubernetes.io/arch": "arm64" }, tolerations: [], keepsNodes: false };
    expect(place({ pool, platform: { cpuArchitecture: "X86_64" } }).nodeSelector).to.deep.equal({
      "kubernetes.io/arch": "amd64",
      "kecs.io/no-node": "",
    });
    expect(place({ pool, platform: { cpuArchitecture: "ARM64" } }).nodeSelector).to.deep.equal(pool.nodeSelector);
  });

  it("is nowhere where no node can be meant", () => {
    const terms = nodeTermsOf({ constraints: [member("attribute:stack == 'no label'")] });
    expect(terms?.[0]?.matchExpressions).to.have.length(2);
  });

  it("is one of alternatives, on hosts that were chosen before", () => {
    const constraints = [member("attribute:stack == prod or attribute:slots > 3"), member("runningTasksCount == 0")];
    const chosen = { key: "kubernetes.io/hostname", operator: "In", values: ["a", "b"] };
    expect(nodeTermsOf({ constraints, hosts: ["a", "b"] })).to.deep.equal([
      { matchExpressions: [{ key: "attribute.kecs.io/stack", operator: "In", values: ["prod"] }, chosen] },
      { matchExpressions: [{ key: "attribute.kecs.io/slots", operator: "Gt", values: ["3"] }, chosen] },
    ]);
  });

  it("is apart from the group's other tasks", () => {
    expect(place({ constraints: [{ type: "distinctInstance" }] }).affinity?.podAntiAffinity).to.deep.equal({
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: GROUP } },
      ],
    });
  });

  it("is spread over each field once, among the tasks of the service", () => {
    const service = { name: "web", arn: "arn:svc" };
    const fields = ["attribute:ecs.availability-zone", "instanceId", "host"];
    const strategy = fields.map((field) => ({ type: "spread" as const, field }));
    expect(place({ strategy, task: { ...task, service } }).topologySpreadConstraints).to.deep.equal(
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "kecs.io/cluster": "shop", "kecs.io/service": "web" } },
      })),
    );
  });

  it("is near the cluster's other tasks where nodes are to be filled", () => {
    const { affinity } = place({ strategy: [{ type: "binpack", field: "memory" }] });
    expect(affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.[0]?.podAffinityTerm).to.deep.equal({
      topologyKey: "kubernetes.io/hostname",
      labelSelector: { matchLabels: { "kecs.io/cluster": "shop" } },
    });
  });
});
