import {
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  GetTaskProtectionCommand,
  ListTasksCommand,
  RunTaskCommand,
  UpdateServiceCommand,
  UpdateTaskProtectionCommand,
  waitUntilServicesStable,
  waitUntilTasksRunning,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { eventually } from "./support/wait.ts";

interface Metadata {
  readonly DockerId: string;
  readonly Name: string;
  readonly KnownStatus: string;
  readonly Labels: Record<string, string>;
  readonly Containers: readonly Metadata[];
  readonly TaskARN: string;
  readonly TaskTags?: Record<string, string>;
}

interface Stats {
  readonly id: string;
  readonly memory_stats: { readonly usage: number };
}

/** What an HTTP client would send; busybox has none that can PUT. */
const PUT_PROTECTION = [
  `body='{"ProtectionEnabled":true,"ExpiresInMinutes":5}'`,
  "rest=${ECS_AGENT_URI#http://}",
  "host=${rest%%/*}",
  "head='PUT /%s/task-protection/v1/state HTTP/1.0\\r\\nContent-Length: %s\\r\\n\\r\\n%s'",
  '{ printf "$head" "${rest#*/}" "${#body}" "$body"; sleep 2; } | nc "${host%:*}" "${host#*:}"',
].join("\n");

describe("a task and what is around it", () => {
  let ecs: EcsFixture;
  before(async () => {
    ecs = await ecsFixture("inside");
  });
  after(() => ecs.dispose());

  const service = "worker";
  const running = async (): Promise<string[]> => {
    const { taskArns = [] } = await ecs.client.send(
      new ListTasksCommand({ cluster: ecs.cluster, serviceName: service }),
    );
    const { tasks = [] } =
      taskArns.length === 0
        ? {}
        : await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: taskArns }));
    return tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").map(({ taskArn = "" }) => taskArn);
  };
  const protect = (tasks: string[], protectionEnabled: boolean, expiresInMinutes?: number) =>
    ecs.client.send(
      new UpdateTaskProtectionCommand({ cluster: ecs.cluster, tasks, protectionEnabled, expiresInMinutes }),
    );
  /** Runs a shell command in the Pod of a task of RunTask. */
  const inside = async <T>(taskArn: string, command: string): Promise<T> => {
    const pod = taskArn.split("/").at(-1) ?? "";
    const printed = await kubectl("--namespace", `ecs-${ecs.cluster}`, "exec", pod, "--", "sh", "-c", command);
    return JSON.parse(printed) as T;
  };
  /** Name of the Pod of a service's task. */
  const podOf = async (taskArn: string): Promise<string> => {
    const { items } = await kubectlJson<{ items: { metadata: { uid: string; name: string } }[] }>(
      "--namespace",
      `ecs-${ecs.cluster}`,
      "get",
      "pods",
    );
    const pod = items.find(({ metadata }) => taskArn.endsWith(metadata.uid.replaceAll("-", "")));
    return pod?.metadata.name ?? "";
  };
  const update = (more: { desiredCount?: number; taskDefinition?: string }) =>
    ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, ...more }));

  it("is neither scaled in nor rolled over while it is protected", async () => {
    const { client, cluster } = ecs;
    const taskDefinition = await ecs.register("worker", [shell(SLEEP)]);
    await client.send(new CreateServiceCommand({ cluster, serviceName: service, taskDefinition, desiredCount: 3 }));
    await waitUntilServicesStable(patience(client), { cluster, services: [service] });
    const [kept = ""] = await running();

    // From inside, as an application says that it is at work; then longer, through the API.
    const keptPod = await podOf(kept);
    const answer = await kubectl("--namespace", `ecs-${cluster}`, "exec", keptPod, "--", "sh", "-c", PUT_PROTECTION);
    expect(answer).to.match(/^HTTP\/1.1 200 [^]*"ProtectionEnabled":true[^]*"TaskArn"/);

    const { protectedTasks = [], failures } = await protect([kept, "0123456789abcdef"], true, 10);
    expect(protectedTasks).to.have.length(1);
    expect(protectedTasks[0]).to.include({ taskArn: kept, protectionEnabled: true });
    const expires = protectedTasks[0]?.expirationDate?.getTime() ?? 0;
    expect(expires - Date.now()).to.be.within(9 * 60_000, 10 * 60_000);
    expect(failures?.map(({ reason }) => reason)).to.deep.equal(["MISSING"]);

    // Scale-in: the others go.
    await update({ desiredCount: 0 });
    await eventually("only the protected task runs", async () => (await running()).join() === kept);

    // Roll-out: new tasks start beside it.
    const next = await ecs.register("worker", [shell(SLEEP)]);
    await update({ desiredCount: 2, taskDefinition: next });
    await eventually("the new tasks run", async () => (await running()).length === 3);
    const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
    const messages = services[0]?.events?.map(({ message = "" }) => message) ?? [];
    expect(messages.join("\n")).to.match(
      /was unable to reach steady state because task set \(ecs-svc\/\d+\) was unable to scale in\. Reason: The number of protected tasks are more than the desired count of tasks\./,
    );
    expect(services[0]?.deployments).to.have.length(2);
    const { protectedTasks: seen } = await client.send(new GetTaskProtectionCommand({ cluster, tasks: [kept] }));
    expect(seen?.[0]).to.include({ taskArn: kept, protectionEnabled: true });
    expect(await running()).to.include(kept);

    // Time ends protection, here that which kubectl set; the API would take a minute at least.
    const spec = { protectedUntil: new Date(Date.now() + 2_000).toISOString() };
    const ecsTask = ["ecstask", kept.split("/").at(-1) ?? "", "--type", "merge", "--patch", JSON.stringify({ spec })];
    await kubectl("--namespace", `ecs-${cluster}`, "patch", ...ecsTask);
    await eventually("the old task is gone", async () => {
      const now = await running();
      return now.length === 2 && !now.includes(kept);
    });
    await waitUntilServicesStable(patience(client), { cluster, services: [service] });
  });

  it("learns of itself, its task and its use of CPU and memory, and nobody else does", async () => {
    const { client, cluster } = ecs;
    const taskDefinition = await ecs.register("curious", [shell(SLEEP), shell(SLEEP, { name: "Other_1" })]);
    const { tasks = [] } = await client.send(
      new RunTaskCommand({ cluster, taskDefinition, count: 2, tags: [{ key: "team", value: "a" }] }),
    );
    const arns = tasks.map(({ taskArn = "" }) => taskArn);
    const [asks = "", other = ""] = arns;
    await waitUntilTasksRunning(patience(client), { cluster, tasks: arns });

    const get = <T>(path: string) => inside<T>(asks, `wget -qO- $ECS_CONTAINER_METADATA_URI_V4${path}`);
    const container = await get<Metadata>("");
    expect(container).to.include({ Name: "main", KnownStatus: "RUNNING", Type: "NORMAL" });
    expect(container.Labels["com.amazonaws.ecs.task-arn"]).to.equal(asks);
    const task = await get<Metadata>("/taskWithTags");
    expect(task).to.include({ Cluster: cluster, TaskARN: asks, Revision: "1", LaunchType: "EC2" });
    expect(task.TaskTags).to.deep.equal({ team: "a" });
    expect(task.Containers.map(({ Name }) => Name)).to.deep.equal(["main", "Other_1"]);
    const running = await eventually("the task counts as running", async () => {
      const { KnownStatus, Containers } = await get<Metadata>("/task");
      return KnownStatus === "RUNNING" && Containers;
    });
    const stats = await eventually("something is measured", () => get<Stats | undefined>("/stats"));
    expect(stats.id).to.equal(container.DockerId);
    expect(stats.memory_stats.usage).to.be.greaterThan(0);
    expect(await get("/task/stats")).to.have.keys(...running.map(({ DockerId }) => DockerId));
    expect(await inside(asks, "wget -qO- $ECS_AGENT_URI/task-protection/v1/state")).to.deep.equal({
      failure: { Arn: asks, Detail: null, Reason: "TASK_NOT_VALID" },
    });

    const url = await inside<string>(asks, `printf '"%s"' "$ECS_CONTAINER_METADATA_URI_V4"`);
    const pod = other.split("/").at(-1) ?? "";
    const refusal = await kubectlRaw(["-n", `ecs-${cluster}`, "exec", pod, "--", "wget", "-O-", `${url}/task`]);
    expect(refusal.code).not.to.equal(0);
    expect(refusal.stderr).to.contain("403");
  });

  it("can be protected only as a task of a service, for two days at most", async () => {
    const { client, cluster } = ecs;
    const taskDefinition = await ecs.register("alone", [shell(SLEEP)]);
    const { tasks = [] } = await client.send(new RunTaskCommand({ cluster, taskDefinition }));
    const alone = tasks[0]?.taskArn ?? "";
    const { failures } = await protect([alone], true);
    expect(failures).to.deep.equal([{ arn: alone, reason: "TASK_NOT_VALID" }]);
    await refused(
      protect([alone], true, 2881),
      "InvalidParameterException",
      "expiresInMinutes must be between 1 and 2880.",
    );
  });
});
