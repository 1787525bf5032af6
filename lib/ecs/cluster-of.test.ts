import { expect } from "chai";
import type { ECSCluster, ECSTask } from "#model/generated/resources.generated.ts";
import { clusterOf, namespacesOf } from "./cluster-of.ts";

const apiVersion = "ecs.kecs.io/v1alpha1";

const cluster = (name: string, creationTimestamp: string, spec: ECSCluster["spec"] = {}): ECSCluster => ({
  apiVersion,
  kind: "ECSCluster",
  metadata: { name, creationTimestamp },
  spec,
});
const task = (namespace: string, reference?: string): ECSTask => ({
  apiVersion,
  kind: "ECSTask",
  metadata: { name: "t", namespace },
  spec: { taskDefinition: "web", ...(reference !== undefined && { cluster: reference }) },
});

describe("clusterOf", () => {
  const owners = namespacesOf([
    cluster("late", "2026-01-02T00:00:00Z", { namespace: "shared" }),
    cluster("early", "2026-01-01T00:00:00Z", { namespace: "shared", clusterName: "Early" }),
    cluster("plain", "2026-01-03T00:00:00Z"),
  ]);
  const of = (object: ECSTask): string => clusterOf(object, (namespace) => owners.get(namespace));

  it("takes the spec's word, be it a name or an ARN", () => {
    expect(of(task("shared", "blue"))).to.equal("blue");
    expect(of(task("shared", "arn:aws:ecs:us-east-1:000000000000:cluster/green"))).to.equal("green");
  });

  it("else the cluster whose namespace it is in, the older of two", () => {
    expect(of(task("shared"))).to.equal("Early");
    expect(of(task("ecs-plain", ""))).to.equal("plain");
  });

  it("else the default cluster", () => {
    expect(of(task("elsewhere"))).to.equal("default");
  });
});
