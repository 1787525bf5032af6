import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { awsEcs } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; generation?: number; resourceVersion?: string };
  spec: Record<string, unknown>;
  status?: {
    conditions?: { type: string; status: string; reason: string; message: string }[];
    [member: string]: unknown;
  };
}

/** The example of the documentation under names of this test's own, in a namespace of its own. */
async function example(
  cluster: string,
  namespace: string,
): Promise<{ cluster: Resource; service: Resource; taskDefinition: Resource }> {
  const read = async (file: string): Promise<Resource> =>
    parse(await readFile(`docs/examples/shop/${file}.yaml`, "utf8")) as Resource;
  const objects = {
    cluster: await read("cluster"),
    service: await read("service"),
    taskDefinition: await read("task-definition"),
  };
  objects.cluster.metadata.name = cluster;
  objects.taskDefinition.metadata.name = `${cluster}-1`;
  objects.taskDefinition.spec.family = cluster;
  objects.service.metadata.namespace = namespace;
  objects.service.spec.cluster = cluster;
  objects.service.spec.taskDefinition = cluster;
  return objects;
}

const condition = (resource: Resource, type: string) => resource.status?.conditions?.find((each) => each.type === type);

describe("ECS objects as YAML", () => {
  const cluster = uniqueName("gitops");
  const namespace = uniqueName("team");

  before(() => kubectl("create", "namespace", namespace));
  after(async () => {
    await kubectl("delete", "ecsservice", "--all", "--namespace", namespace, "--timeout=60s");
    await kubectl("delete", "ecscluster", cluster, "--ignore-not-found", "--timeout=60s");
    await kubectl("delete", "ecstaskdefinition", `${cluster}-1`, `${cluster}-2`, "--ignore-not-found", "--timeout=60s");
    await kubectl("delete", "namespace", namespace, "--wait=false");
  });

  it("converges when the service comes first, and says meanwhile what it waits for", async () => {
    const { cluster: c, service, taskDefinition } = await example(cluster, namespace);
    await kubectlApply(service);
    const stalled = await eventually("the service is Stalled", async () => {
      const now = await kubectlJson<Resource>("get", "ecsservice", "web", "-n", namespace);
      return condition(now, "Stalled")?.status === "True" ? condition(now, "Stalled") : undefined;
    });
    expect(stalled.message).to.match(new RegExp(`luster.*${cluster}`));

    await kubectlApply(taskDefinition);
    await kubectlApply(c);
    await kubectl("wait", "--for=condition=Ready", "ecsservice/web", "-n", namespace, "--timeout=120s");
    const ready = await kubectlJson<Resource>("get", "ecsservice", "web", "-n", namespace);
    expect(ready.status).to.include({ runningCount: 2, pendingCount: 0, status: "ACTIVE" });
    expect(ready.status?.taskDefinition).to.match(new RegExp(`task-definition/${cluster}:1$`));
  });

  it("shows the same service to the AWS CLI", async () => {
    await awsEcs("wait", "services-stable", "--cluster", cluster, "--services", "web");
    const { services } = await awsEcs<{
      services: { runningCount: number; deployments: { rolloutState: string }[] }[];
    }>("describe-services", "--cluster", cluster, "--services", "web");
    expect(services).to.have.length(1);
    expect(services[0]?.runningCount).to.equal(2);
    expect(services[0]?.deployments.map((each) => each.rolloutState)).to.deep.equal(["COMPLETED"]);
    const { taskArns } = await awsEcs<{ taskArns: string[] }>(
      "list-tasks",
      "--cluster",
      cluster,
      "--service-name",
      "web",
    );
    expect(taskArns).to.have.length(2);
  });

  it("changes nothing when the same is applied again", async () => {
    const objects = await example(cluster, namespace);
    const pods = async (): Promise<string> =>
      kubectl("get", "pods", "-n", namespace, "-o", "jsonpath={.items[*].metadata.uid}");
    const before = await kubectlJson<Resource>("get", "ecsservice", "web", "-n", namespace);
    const podsBefore = await pods();
    const said = await kubectlApply(objects.cluster, objects.taskDefinition, objects.service);
    expect(said.trim().split("\n"))
      .to.have.length(3)
      .and.satisfy((lines: string[]) => lines.every((line) => line.endsWith("unchanged")));
    const after = await kubectlJson<Resource>("get", "ecsservice", "web", "-n", namespace);
    expect(after.metadata.generation).to.equal(before.metadata.generation);
    expect(await pods()).to.equal(podsBefore);
    expect((after.status as { deployments: unknown[] }).deployments).to.have.length(1);
  });

  it("lists all kinds with one word, in columns that read well", async () => {
    const table = await kubectl("get", "ecs", "--all-namespaces");
    expect(table).to.match(new RegExp(`ecscluster.ecs.kecs.io/${cluster}\\s+ACTIVE`));
    expect(table).to.match(/ecsservice.ecs.kecs.io\/web\s+.*ACTIVE/);
    expect(table).to.match(/ecstask.ecs.kecs.io\/[0-9a-f]{32}\s+.*RUNNING/);
    expect(table).to.match(new RegExp(`ecstaskdefinition.ecs.kecs.io/${cluster}-1`));
  });

  it("scales by kubectl, and the AWS CLI sees it", async () => {
    await kubectl("scale", "ecsservice/web", "-n", namespace, "--replicas=1");
    await eventually("one task is left", async () => {
      const { services } = await awsEcs<{ services: { runningCount: number; desiredCount: number }[] }>(
        "describe-services",
        "--cluster",
        cluster,
        "--services",
        "web",
      );
      return services[0]?.desiredCount === 1 && services[0].runningCount === 1;
    });
  });

  it("follows a new revision of the family with a roll-out", async () => {
    const { taskDefinition } = await example(cluster, namespace);
    taskDefinition.metadata.name = `${cluster}-2`;
    (taskDefinition.spec.containerDefinitions as Record<string, unknown>[])[0]!.environment = [
      { name: "COLOUR", value: "blue" },
    ];
    await kubectlApply(taskDefinition);
    await eventually("the new revision is rolled out", async () => {
      const now = await kubectlJson<Resource>("get", "ecsservice", "web", "-n", namespace);
      const deployments = (now.status?.deployments ?? []) as { taskDefinition: string; rolloutState: string }[];
      return (
        deployments.length === 1 &&
        deployments[0]!.taskDefinition.endsWith(":2") &&
        deployments[0]!.rolloutState === "COMPLETED"
      );
    });
  });

  it("refuses nonsense at the API server, naming the member", async () => {
    const { service, taskDefinition } = await example(cluster, namespace);
    const negative = await kubectlRaw(
      ["apply", "-f", "-"],
      JSON.stringify({ ...service, metadata: { name: "bad", namespace }, spec: { ...service.spec, desiredCount: -1 } }),
    );
    expect(negative.code).to.not.equal(0);
    expect(negative.stderr).to.contain("spec.desiredCount");
    const unknown = await kubectlRaw(
      ["apply", "-f", "-"],
      JSON.stringify({ ...service, metadata: { name: "bad", namespace }, spec: { ...service.spec, dessiredCount: 1 } }),
    );
    expect(unknown.code).to.not.equal(0);
    expect(unknown.stderr).to.contain("dessiredCount");
    const changed = await kubectlRaw(
      ["apply", "-f", "-"],
      JSON.stringify({ ...taskDefinition, spec: { ...taskDefinition.spec, memory: "256" } }),
    );
    expect(changed.code).to.not.equal(0);
    expect(changed.stderr).to.contain("spec.memory").and.to.contain("cannot be changed");
  });

  it("runs a task made with kubectl, and the waiter of the AWS CLI ends", async () => {
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSTaskDefinition",
      metadata: { name: `${cluster}-job` },
      spec: {
        family: `${cluster}-job`,
        containerDefinitions: [
          { name: "job", image: "busybox", memory: 32, essential: true, command: ["sh", "-c", "echo done; exit 3"] },
        ],
      },
    });
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSTask",
      metadata: { name: "nightly", namespace },
      spec: { cluster, taskDefinition: `${cluster}-job` },
    });
    await eventually(
      "the task is known to the API",
      async () =>
        (await awsEcs<{ tasks: unknown[] }>("describe-tasks", "--cluster", cluster, "--tasks", "nightly")).tasks
          .length === 1,
    );
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", "nightly");
    const { tasks } = await awsEcs<{ tasks: { stopCode: string; containers: { exitCode: number }[] }[] }>(
      "describe-tasks",
      "--cluster",
      cluster,
      "--tasks",
      "nightly",
    );
    expect(tasks[0]).to.include({ stopCode: "EssentialContainerExited" });
    expect(tasks[0]?.containers[0]?.exitCode).to.equal(3);
    await kubectl("delete", "ecstask", "nightly", "-n", namespace);
    await kubectl("delete", "ecstaskdefinition", `${cluster}-job`, "--wait=false");
  });
});
