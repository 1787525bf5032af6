import { expect } from "chai";
import { createServer } from "node:net";
import { kubectl, kubectlJson } from "./support/kubectl.ts";
import { awsEcs, awsEcsRaw, boto3 } from "./support/python-clients.ts";
import { uniqueName } from "./support/wait.ts";

interface Task {
  taskArn: string;
  lastStatus: string;
  desiredStatus: string;
  stopCode?: string;
  stoppedReason?: string;
  startedAt?: string;
  containers: { name: string; lastStatus: string; exitCode?: number }[];
}

/** A port of this machine that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  return address.port;
}

describe("the walk of the README, with the AWS CLI", () => {
  const cluster = uniqueName("walk");
  const namespace = `ecs-${cluster}`;

  after(async () => {
    await awsEcsRaw("delete-service", "--cluster", cluster, "--service", "web", "--force");
    await awsEcsRaw("wait", "services-inactive", "--cluster", cluster, "--services", "web");
    await awsEcsRaw("delete-cluster", "--cluster", cluster);
  });

  it("creates a cluster, and again, which gives the same", async () => {
    const first = await awsEcs<{ cluster: { clusterArn: string; status: string } }>(
      "create-cluster",
      "--cluster-name",
      cluster,
    );
    expect(first.cluster.status).to.equal("ACTIVE");
    expect(first.cluster.clusterArn).to.equal(`arn:aws:ecs:us-east-1:000000000000:cluster/${cluster}`);
    const second = await awsEcs<{ cluster: { clusterArn: string } }>("create-cluster", "--cluster-name", cluster);
    expect(second.cluster.clusterArn).to.equal(first.cluster.clusterArn);
    const { clusterArns } = await awsEcs<{ clusterArns: string[] }>("list-clusters");
    expect(clusterArns.filter((arn) => arn === first.cluster.clusterArn)).to.have.length(1);
  });

  it("registers a task definition, whose revisions count up", async () => {
    const register = (command: string) =>
      awsEcs<{ taskDefinition: { revision: number; status: string; taskDefinitionArn: string } }>(
        "register-task-definition",
        "--family",
        cluster,
        "--container-definitions",
        JSON.stringify([
          { name: "main", image: "busybox", memory: 32, essential: true, command: ["sh", "-c", command] },
        ]),
      );
    const first = await register("echo hello");
    expect(first.taskDefinition).to.include({ revision: 1, status: "ACTIVE" });
    const second = await register("sleep 3600");
    expect(second.taskDefinition.revision).to.equal(2);
    expect(second.taskDefinition.taskDefinitionArn).to.match(new RegExp(`:task-definition/${cluster}:2$`));
  });

  it("runs a task to its end", async () => {
    const { tasks, failures } = await awsEcs<{ tasks: Task[]; failures: unknown[] }>(
      "run-task",
      "--cluster",
      cluster,
      "--task-definition",
      `${cluster}:1`,
    );
    expect(failures).to.deep.equal([]);
    expect(tasks).to.have.length(1);
    expect(tasks[0]!.lastStatus).to.be.oneOf(["PROVISIONING", "PENDING"]);
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", tasks[0]!.taskArn);
    const described = await awsEcs<{ tasks: Task[] }>(
      "describe-tasks",
      "--cluster",
      cluster,
      "--tasks",
      tasks[0]!.taskArn,
    );
    expect(described.tasks[0]).to.include({
      lastStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
    });
    expect(described.tasks[0]!.containers[0]).to.include({ name: "main", lastStatus: "STOPPED", exitCode: 0 });
  });

  it("runs a task that goes on, and stops it", async () => {
    const { tasks } = await awsEcs<{ tasks: Task[] }>("run-task", "--cluster", cluster, "--task-definition", cluster);
    const arn = tasks[0]!.taskArn;
    await awsEcs("wait", "tasks-running", "--cluster", cluster, "--tasks", arn);
    const pods = await kubectlJson<{ items: { status: { phase: string } }[] }>(
      "get",
      "pods",
      "-n",
      namespace,
      "-l",
      `kecs.io/task=${arn.split("/").at(-1)}`,
    );
    expect(pods.items.map((pod) => pod.status.phase)).to.deep.equal(["Running"]);
    await awsEcs("stop-task", "--cluster", cluster, "--task", arn, "--reason", "seen enough");
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", arn);
    const described = await awsEcs<{ tasks: Task[] }>("describe-tasks", "--cluster", cluster, "--tasks", arn);
    expect(described.tasks[0]).to.include({
      stopCode: "UserInitiated",
      stoppedReason: "seen enough",
      desiredStatus: "STOPPED",
    });
    const running = await awsEcs<{ taskArns: string[] }>("list-tasks", "--cluster", cluster);
    expect(running.taskArns).to.deep.equal([]);
    const stopped = await awsEcs<{ taskArns: string[] }>(
      "list-tasks",
      "--cluster",
      cluster,
      "--desired-status",
      "STOPPED",
    );
    expect(stopped.taskArns).to.have.length(2);
  });

  it("creates a service of nginx that serves its page", async () => {
    await awsEcs(
      "register-task-definition",
      "--family",
      `${cluster}-web`,
      "--network-mode",
      "awsvpc",
      "--container-definitions",
      JSON.stringify([
        { name: "web", image: "nginx", memory: 64, essential: true, portMappings: [{ containerPort: 80 }] },
      ]),
    );
    await awsEcs(
      "create-service",
      "--cluster",
      cluster,
      "--service-name",
      "web",
      "--task-definition",
      `${cluster}-web`,
      "--desired-count",
      "2",
      "--network-configuration",
      "awsvpcConfiguration={subnets=[subnet-1],securityGroups=[sg-1]}",
    );
    await awsEcs("wait", "services-stable", "--cluster", cluster, "--services", "web");
    const { services } = await awsEcs<{ services: { runningCount: number; events: { message: string }[] }[] }>(
      "describe-services",
      "--cluster",
      cluster,
      "--services",
      "web",
    );
    expect(services[0]!.runningCount).to.equal(2);
    expect(services[0]!.events[0]!.message).to.equal("(service web) has reached a steady state.");

    const port = await freePort();
    const { spawn } = await import("node:child_process");
    const { environment } = await import("./support/environment.ts");
    const forward = spawn(environment.kubectl, ["port-forward", "-n", namespace, "deployment/web", `${port}:80`], {
      env: { ...process.env, KUBECONFIG: environment.kubeconfig },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => forward.stdout.once("data", resolve));
      const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      expect(page).to.contain("nginx");
    } finally {
      forward.kill();
    }
  });

  it("rolls out a new revision without going below what must stay healthy", async () => {
    await awsEcs(
      "register-task-definition",
      "--family",
      `${cluster}-web`,
      "--network-mode",
      "awsvpc",
      "--container-definitions",
      JSON.stringify([
        {
          name: "web",
          image: "nginx",
          memory: 64,
          essential: true,
          environment: [{ name: "GREETING", value: "hello" }],
        },
      ]),
    );
    const { service } = await awsEcs<{ service: { deployments: { status: string }[] } }>(
      "update-service",
      "--cluster",
      cluster,
      "--service",
      "web",
      "--task-definition",
      `${cluster}-web`,
    );
    expect(service.deployments.map((each) => each.status)).to.include("PRIMARY");
    await awsEcs("wait", "services-stable", "--cluster", cluster, "--services", "web");
    const { services } = await awsEcs<{
      services: { taskDefinition: string; deployments: { rolloutState: string }[] }[];
    }>("describe-services", "--cluster", cluster, "--services", "web");
    expect(services[0]!.taskDefinition).to.match(/-web:2$/);
    expect(services[0]!.deployments.map((each) => each.rolloutState)).to.deep.equal(["COMPLETED"]);
  });

  it("pages and waits with boto3", async () => {
    const seen = await boto3<{ families: string[]; tasks: number }>(`
import boto3, json
ecs = boto3.client("ecs")
ecs.get_waiter("services_stable").wait(cluster="${cluster}", services=["web"])
pages = ecs.get_paginator("list_task_definitions").paginate(familyPrefix="${cluster}-web", PaginationConfig={"PageSize": 1})
families = [arn.split("/")[1] for page in pages for arn in page["taskDefinitionArns"]]
tasks = sum(len(page["taskArns"]) for page in ecs.get_paginator("list_tasks").paginate(cluster="${cluster}", serviceName="web", PaginationConfig={"PageSize": 1}))
print(json.dumps({"families": families, "tasks": tasks}))
`);
    expect(seen.families).to.deep.equal([`${cluster}-web:1`, `${cluster}-web:2`]);
    expect(seen.tasks).to.equal(2);
  });

  it("shows the same objects under kubectl", async () => {
    const table = await kubectl("get", "ecs", "-n", namespace);
    expect(table).to.contain("ecsservice.ecs.kecs.io/web");
    expect(table).to.match(/ecstask.ecs.kecs.io\/[0-9a-f]{32}/);
  });

  it("does not delete a cluster with services, then deletes both", async () => {
    const refused = await awsEcsRaw("delete-cluster", "--cluster", cluster);
    expect(refused.stderr).to.contain("ClusterContainsServicesException");
    const scaled = await awsEcsRaw("delete-service", "--cluster", cluster, "--service", "web");
    expect(scaled.stderr).to.contain("The service cannot be stopped while it is scaled above 0.");
    const { service } = await awsEcs<{ service: { status: string } }>(
      "delete-service",
      "--cluster",
      cluster,
      "--service",
      "web",
      "--force",
    );
    expect(service.status).to.equal("DRAINING");
    await awsEcs("wait", "services-inactive", "--cluster", cluster, "--services", "web");
    const deleted = await awsEcs<{ cluster: { status: string } }>("delete-cluster", "--cluster", cluster);
    expect(deleted.cluster.status).to.equal("INACTIVE");
    const { clusters } = await awsEcs<{ clusters: { status: string }[] }>("describe-clusters", "--clusters", cluster);
    expect(clusters[0]?.status).to.equal("INACTIVE");
  });
});
