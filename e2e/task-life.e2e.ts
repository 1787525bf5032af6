import {
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { createKubeClient } from "#lib/kube/client.ts";
import { expect } from "chai";
import { environment } from "./support/environment.ts";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlRaw } from "./support/kubectl.ts";
import { playNode, playRunningPod, removeNodes } from "./support/nodes.ts";
import { eventually, uniqueName } from "./support/wait.ts";
import { watchTasks } from "./support/watch-tasks.ts";

const idOf = ({ taskArn = "" }: Task): string => taskArn.split("/").at(-1)!;
const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

describe("the life of a task", () => {
  let ecs: EcsFixture;
  before(async () => (ecs = await ecsFixture("life")));
  after(() => ecs.dispose());

  async function describeOne(task: string): Promise<Task> {
    const { tasks } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [task] }));
    return tasks![0]!;
  }

  async function run(taskDefinition: string, more: object = {}): Promise<Task> {
    const { tasks, failures } = await ecs.client.send(
      new RunTaskCommand({ cluster: ecs.cluster, taskDefinition, ...more }),
    );
    expect(failures).to.deep.equal([]);
    return tasks![0]!;
  }

  const stopped = async ({ taskArn }: Task): Promise<Task> => {
    await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: [taskArn!] });
    return describeOne(taskArn!);
  };

  it("goes through all states in their order, with a time for each step", async () => {
    const healthCheck = { command: ["CMD-SHELL", "test -f /tmp/up"], interval: 5, retries: 3 };
    const first = shell(`touch /tmp/up; ${SLEEP}`, { name: "first", healthCheck });
    const second = shell(SLEEP, { dependsOn: [{ containerName: "first", condition: "HEALTHY" }] });
    const definition = await ecs.register("states", [first, second], { networkMode: "awsvpc" });
    const watch = await watchTasks(`ecs-${ecs.cluster}`);
    const task = await run(definition, {
      startedBy: "e2e",
      group: "life",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
    });
    await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: [task.taskArn!] });
    const running = await describeOne(task.taskArn!);
    await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: task.taskArn, reason: "enough" }));
    const ended = await stopped(task);
    await eventually("the watcher has seen the end", async () => watch.statesOf(idOf(task)).includes("STOPPED"));
    watch.end();

    expect(watch.statesOf(idOf(task))).to.deep.equal([
      "PROVISIONING",
      "PENDING",
      "ACTIVATING",
      "RUNNING",
      "DEACTIVATING",
      "STOPPING",
      "DEPROVISIONING",
      "STOPPED",
    ]);
    const times = [
      ended.createdAt,
      ended.connectivityAt,
      ended.pullStartedAt,
      ended.pullStoppedAt,
      ended.startedAt,
      ended.stoppingAt,
      ended.executionStoppedAt,
      ended.stoppedAt,
    ].map((time) => time?.getTime() ?? Number.NaN);
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(ended).to.include({ stopCode: "UserInitiated", stoppedReason: "enough", startedBy: "e2e", group: "life" });
    expect(ended.containers?.map(({ exitCode, lastStatus }) => [exitCode, lastStatus])).to.deep.equal([
      [0, "STOPPED"],
      [0, "STOPPED"],
    ]);

    expect(running).to.include({ connectivity: "CONNECTED", healthStatus: "HEALTHY", desiredStatus: "RUNNING" });
    expect(running.attributes).to.deep.include({ name: "ecs.cpu-architecture", value: "x86_64" });
    const [attachment] = running.attachments!;
    expect(attachment).to.include({ type: "ElasticNetworkInterface", status: "ATTACHED" });
    const address = attachment!.details?.find(({ name }) => name === "privateIPv4Address")?.value;
    for (const container of running.containers!) {
      expect(container.networkInterfaces).to.deep.equal([
        { attachmentId: attachment!.id, privateIpv4Address: address },
      ]);
      expect(container.runtimeId).to.match(/^[0-9a-f]{64}$/);
      expect(container.imageDigest).to.match(/^sha256:[0-9a-f]{64}$/);
    }
    expect(ended.attachments?.[0]?.status).to.equal("DELETED");
  });

  it("ends in ECS's words where containers cannot go on", async () => {
    const definitions = await Promise.all([
      ecs.register("hungry", [shell("tail /dev/zero", { memory: 8 })]),
      ecs.register("absent", [shell("true", { image: "example.invalid/absent:1" })]),
      ecs.register("unstartable", [shell("true", { command: [], entryPoint: ["/no/such/program"] })]),
    ]);
    const [hungry, absent, unstartable] = await Promise.all(
      definitions.map(async (definition) => stopped(await run(definition))),
    );
    expect(hungry).to.include({ stopCode: "EssentialContainerExited" });
    expect(hungry!.containers?.[0]).to.include({
      exitCode: 137,
      reason: "OutOfMemoryError: Container killed due to memory usage",
    });
    expect(absent).to.include({ stopCode: "TaskFailedToStart" });
    expect(absent!.stoppedReason).to.match(/^CannotPullContainerError: /);
    expect(absent!.containers?.[0]?.reason).to.match(/^CannotPullContainerError: /);
    expect(unstartable).to.include({ stopCode: "TaskFailedToStart" });
    expect(unstartable!.containers?.[0]?.reason).to.match(/^CannotStartContainerError: .*no such program|no such file/);
  });

  it("ends with its node, soon and for the right reason", async () => {
    const node = uniqueName("vanishing");
    const definition = await ecs.register("sleeper", [shell(SLEEP)]);
    await playNode(node, {}, { providerID: `aws:///zone-b/i-${node}` });
    try {
      const start = { cluster: ecs.cluster, taskDefinition: definition, containerInstances: [node] };
      const { tasks = [] } = await ecs.client.send(new StartTaskCommand(start));
      const task = tasks[0]!;
      const namespace = `ecs-${ecs.cluster}`;
      await eventually("its Pod is there", async () => {
        const { code } = await kubectlRaw(["--namespace", namespace, "get", "pod", idOf(task)]);
        return code === 0;
      });
      await playRunningPod(namespace, idOf(task), "main");
      await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: [task.taskArn!] });
      await removeNodes(node);
      const ended = await eventually(
        "the task has stopped",
        async () => {
          const seen = await describeOne(task.taskArn!);
          return seen.lastStatus === "STOPPED" ? seen : undefined;
        },
        30_000, // Kubernetes itself would remove its Pod after 40 s
      );
      expect(ended).to.include({
        stopCode: "TerminationNotice",
        stoppedReason: `Host EC2 (instance i-${node}) terminated.`,
      });
      expect(ended.containers?.[0]?.lastStatus).to.equal("STOPPED");
      await eventually("its Pod is gone", async () => {
        const { code } = await kubectlRaw(["--namespace", namespace, "get", "pod", idOf(task)]);
        return code !== 0;
      });
    } finally {
      await removeNodes(node);
    }
  });

  it("is replaced in a service once its health check fails", async () => {
    const healthCheck = { command: ["CMD-SHELL", "test ! -f /tmp/ill"], interval: 5, retries: 1, timeout: 2 };
    const definition = await ecs.register("ill", [shell(`(sleep 12; touch /tmp/ill) & ${SLEEP}`, { healthCheck })]);
    const service = { cluster: ecs.cluster, serviceName: "ill", taskDefinition: definition, desiredCount: 1 };
    await ecs.client.send(new CreateServiceCommand(service));
    const healthy = await eventually("a task is HEALTHY", async () => {
      const { taskArns = [] } = await ecs.client.send(
        new ListTasksCommand({ cluster: ecs.cluster, serviceName: "ill" }),
      );
      const task = taskArns[0] === undefined ? undefined : await describeOne(taskArns[0]);
      return task?.healthStatus === "HEALTHY" ? task : undefined;
    });
    const ended = await stopped(healthy);
    expect(ended).to.include({
      stopCode: "ServiceSchedulerInitiated",
      stoppedReason: "Task failed container health checks",
      healthStatus: "UNHEALTHY",
      group: "service:ill",
    });
    await eventually("another one runs", async () => {
      const { services } = await ecs.client.send(
        new DescribeServicesCommand({ cluster: ecs.cluster, services: ["ill"] }),
      );
      return services?.[0]?.runningCount === 1;
    });
  });

  it("stays described for its time after the end, and is then collected", async () => {
    const task = await stopped(await run(await ecs.register("short", [shell("exit 0")])));
    const namespace = `ecs-${ecs.cluster}`;
    const patch = JSON.stringify({ status: { stoppedAt: "2020-01-01T00:00:00Z" } });
    const what = ["--namespace", namespace, "patch", "ecstask", idOf(task), "--subresource=status", "--type=merge"];
    await kubectl(...what, "--patch", patch);
    // So that the operator looks again at once, unless it has done so already and the task is gone.
    await kubectlRaw(["--namespace", namespace, "label", "ecstask", idOf(task), "e2e.kecs.io/look=again"]);
    await eventually("the ECSTask is gone", async () => {
      const { code } = await kubectlRaw(["--namespace", namespace, "get", "ecstask", idOf(task)]);
      return code !== 0;
    });
    const { failures = [] } = await ecs.client.send(
      new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [task.taskArn!] }),
    );
    expect(failures).to.deep.equal([{ arn: task.taskArn, reason: "MISSING" }]);
  });

  it("is answered for in one round of writes: a hundred tasks, whose image nobody has", async () => {
    // More CPU than any node has, so that the tasks wait and the node is left alone.
    const definition = await ecs.register("hundred", [shell("true", { image: "example.invalid/absent:2" })], {
      cpu: "122880",
      memory: "512",
    });
    const kube = createKubeClient({ kubeconfig: environment.kubeconfig });
    const namespace = `ecs-${ecs.cluster}`;
    const plain = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 10 }, () => {
          const metadata = { name: uniqueName("plain"), namespace };
          return kube.create(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata });
        }),
      );
    const calls: number[] = [];
    const writes: number[] = [];
    const tasks: Task[] = [];
    for (let call = 0; call < 10; call += 1) {
      const input = { cluster: ecs.cluster, taskDefinition: definition, count: 10 };
      calls.push(
        await timed(async () => {
          const answer = await ecs.client.send(new RunTaskCommand(input));
          tasks.push(...(answer.tasks ?? []));
        }),
      );
      writes.push(await timed(plain));
    }
    kube.close();
    expect(new Set(tasks.map(idOf)).size).to.equal(100);
    await Promise.all(
      tasks.map(({ taskArn: task }) => ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task }))),
    );
    // The machine is shared with other tests; `make bench` says milliseconds. A call that waited for a Pod or wrote one
    // after the other would take many times as long.
    expect(median(calls)).to.be.below(5 * median(writes) + 100);
  });
});
