import { expect } from "chai";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "../support/kubectl.ts";
import { uniqueName } from "../support/wait.ts";

const API_VERSION = "ecs.kecs.io/v1alpha1";
const container = { name: "web", image: "nginx", memory: 64 };

type Kind = "ECSCapacityProvider" | "ECSCluster" | "ECSTaskDefinition" | "ECSService" | "ECSTask";

/** A resource that is not made: only shown to the API server. */
async function tryApply(kind: Kind, spec: object): Promise<string> {
  const metadata = { name: "resources-e2e-try", ...(namespaced(kind) ? { namespace: "default" } : {}) };
  const input = JSON.stringify({ apiVersion: API_VERSION, kind, metadata, spec });
  const { stdout, stderr } = await kubectlRaw(["create", "--dry-run=server", "-f", "-"], input);
  return stdout + stderr;
}

function namespaced(kind: Kind): boolean {
  return kind === "ECSService" || kind === "ECSTask";
}

describe("the API server", () => {
  const refused: [what: string, kind: Kind, spec: object, answer: RegExp][] = [
    ["a task definition of nothing", "ECSTaskDefinition", {}, /spec\.family: Required value/],
    [
      "a family with a dot",
      "ECSTaskDefinition",
      { family: "a.b", containerDefinitions: [container] },
      /spec\.family: .*should match/,
    ],
    [
      "no containers",
      "ECSTaskDefinition",
      { family: "a", containerDefinitions: [] },
      /containerDefinitions.* should have at least 1 items/,
    ],
    [
      "a container without image",
      "ECSTaskDefinition",
      { family: "a", containerDefinitions: [{ name: "a", memory: 64 }] },
      /spec\.containerDefinitions\[0\]\.image: Required value/,
    ],
    [
      "two containers of one name",
      "ECSTaskDefinition",
      { family: "a", containerDefinitions: [container, container] },
      /Container names must be unique/,
    ],
    [
      "no essential container",
      "ECSTaskDefinition",
      { family: "a", containerDefinitions: [{ ...container, essential: false }] },
      /at least one must be essential/,
    ],
    [
      "Fargate without size",
      "ECSTaskDefinition",
      { family: "a", requiresCompatibilities: ["FARGATE"], containerDefinitions: [container] },
      /network mode 'awsvpc'[\s\S]*'cpu' be defined[\s\S]*'memory' be defined/,
    ],
    [
      "an enum in the wrong case",
      "ECSTaskDefinition",
      { family: "a", networkMode: "Bridge", containerDefinitions: [container] },
      /Unsupported value: "Bridge": supported values: "bridge"/,
    ],
    [
      "a member that does not exist",
      "ECSTaskDefinition",
      { family: "a", containerDefinitions: [{ ...container, imge: "x" }] },
      /unknown field "spec\.containerDefinitions\[0\]\.imge"/,
    ],
    ["a service without task definition", "ECSService", {}, /TaskDefinition can not be blank/],
    ["a negative count", "ECSService", { taskDefinition: "a", desiredCount: -1 }, /greater than or equal to 0/],
    [
      "words for numbers",
      "ECSService",
      { taskDefinition: "a", desiredCount: "many" },
      /spec\.desiredCount.* must be of type integer/,
    ],
    [
      "a daemon with a count",
      "ECSService",
      { taskDefinition: "a", desiredCount: 1, schedulingStrategy: "DAEMON" },
      /daemon scheduling strategy does not support a desired count/,
    ],
    [
      "launch type and capacity providers",
      "ECSTask",
      { taskDefinition: "a", launchType: "EC2", capacityProviderStrategy: [{ capacityProvider: "b" }] },
      /Specifying both a launch type and capacity provider/,
    ],
    [
      "a capacity provider of two kinds",
      "ECSCapacityProvider",
      {
        cluster: "a",
        autoScalingGroupProvider: { autoScalingGroupArn: "a" },
        managedInstancesProvider: {
          infrastructureRoleArn: "a",
          instanceLaunchTemplate: { ec2InstanceProfileArn: "a", networkConfiguration: { subnets: ["a"] } },
        },
      },
      /either an autoScalingGroupProvider or a managedInstancesProvider/,
    ],
    [
      "a capacity provider of one cluster",
      "ECSCapacityProvider",
      { cluster: "a" },
      /and no other, belongs to a cluster/,
    ],
    [
      "a toleration that is none",
      "ECSCapacityProvider",
      { tolerations: [{ operator: "Is" }] },
      /supported values: "Exists", "Equal"/,
    ],
    ["a tag twice", "ECSCluster", { tags: [{ key: "a" }, { key: "a" }] }, /spec\.tags\[1\]: Duplicate value/],
    ["a namespace that cannot be one", "ECSCluster", { namespace: "Not_A_Label" }, /spec\.namespace: .*should match/],
  ];
  for (const [what, kind, spec, answer] of refused) {
    it(`refuses ${what}`, async () => expect(await tryApply(kind, spec)).to.match(answer));
  }

  it("takes what ECS takes", async () => {
    const definition = {
      family: "a_B-1",
      revision: 3,
      memory: "64",
      containerDefinitions: [{ name: "web", image: "nginx" }],
    };
    expect(await tryApply("ECSTaskDefinition", definition)).to.contain("created (server dry run)");
    expect(await tryApply("ECSService", { taskDefinition: "a_B-1:3", schedulingStrategy: "DAEMON" })).to.contain(
      "created",
    );
    expect(await tryApply("ECSCluster", {})).to.contain("created");
    expect(await tryApply("ECSCapacityProvider", { nodeSelector: { a: "b" } })).to.contain("created");
  });

  it("explains the members", async () => {
    expect(await kubectl("explain", "ecsservice.spec.desiredCount")).to.contain("How many tasks to keep running");
    expect(await kubectl("explain", "ecstaskdefinition.spec.containerDefinitions.healthCheck")).to.contain(
      "-required-",
    );
  });

  it("refuses changes of what ECS cannot change", async () => {
    const name = uniqueName("fixed");
    const cluster = {
      apiVersion: API_VERSION,
      kind: "ECSCluster",
      metadata: { name },
      spec: { namespace: `${name}-ns` },
    };
    const definition = {
      apiVersion: API_VERSION,
      kind: "ECSTaskDefinition",
      metadata: { name },
      spec: { family: name, cpu: "64", containerDefinitions: [container] },
    };
    const change = async (kind: string, spec: object): Promise<string> => {
      const patch = JSON.stringify({ spec });
      const { stdout, stderr } = await kubectlRaw([
        "patch",
        kind,
        name,
        "--type=merge",
        "--dry-run=server",
        "-p",
        patch,
      ]);
      return stdout + stderr;
    };
    try {
      await kubectlApply(cluster, definition);
      expect(await kubectlApply(cluster, definition)).to.match(/unchanged[\s\S]*unchanged/);
      expect(await kubectl("get", "ecs", "-A")).to.contain(name);
      expect(await change("ecscluster", { namespace: "other" })).to.contain("namespace cannot be changed");
      expect(await change("ecscluster", { clusterName: "other" })).to.contain("clusterName cannot be changed");
      expect(await change("ecstaskdefinition", { cpu: "128" })).to.contain("cpu cannot be changed");
      expect(await change("ecstaskdefinition", { cpu: null })).to.contain("cpu cannot be changed");
      expect(await change("ecstaskdefinition", { memory: "128" })).to.contain("memory cannot be changed");
      expect(await change("ecstaskdefinition", { tags: [{ key: "a", value: "b" }] })).to.contain("patched");
      await kubectl("patch", "ecstaskdefinition", name, "--type=merge", "-p", '{"spec":{"status":"INACTIVE"}}');
      expect(await change("ecstaskdefinition", { status: "ACTIVE" })).to.contain("cannot be undone");
      const stored = await kubectlJson<{ spec: object }>("get", "ecstaskdefinition", name);
      expect(stored.spec).to.deep.include({ family: name, cpu: "64", status: "INACTIVE" });
    } finally {
      await kubectlRaw(["delete", "ecscluster,ecstaskdefinition", name, "--ignore-not-found", "--wait=false"]);
    }
  });
});
