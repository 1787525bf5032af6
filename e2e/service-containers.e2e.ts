import {
  type ContainerDefinition,
  CreateServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  type Task,
  UpdateServiceCommand,
  waitUntilServicesStable,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectlJson } from "./support/kubectl.ts";
import { eventually } from "./support/wait.ts";

const STATE = join(process.cwd(), ".kecs");

interface Pods {
  items: { status: { containerStatuses: { name: string; restartCount: number }[] } }[];
}

describe("containers that end", () => {
  let ecs: EcsFixture;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(STATE, "e2e-starts-"));
    ecs = await ecsFixture("once");
  });
  after(async () => {
    await ecs.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  async function tasksOf(serviceName: string, desiredStatus: "RUNNING" | "STOPPED"): Promise<Task[]> {
    const { taskArns = [] } = await ecs.client.send(
      new ListTasksCommand({ cluster: ecs.cluster, serviceName, desiredStatus }),
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: taskArns }));
    return tasks;
  }

  const create = (serviceName: string, taskDefinition: string, desiredCount = 1): Promise<unknown> =>
    ecs.client.send(new CreateServiceCommand({ cluster: ecs.cluster, serviceName, taskDefinition, desiredCount }));

  it("stay stopped where they are not essential, and the service rolls over all the same", async () => {
    const job = shell("exit 7", { name: "job", essential: false });
    const [first, second] = [
      await ecs.register("partly", [shell(SLEEP), job]),
      await ecs.register("partly", [shell(SLEEP), job]),
    ];
    await create("partly", first, 2);
    const stable = { cluster: ecs.cluster, services: ["partly"] };
    await waitUntilServicesStable(patience(ecs.client), stable);
    const ended = await eventually("the job of both tasks has ended", async () => {
      const tasks = await tasksOf("partly", "RUNNING");
      const jobs = tasks.map(({ containers = [] }) => containers.find(({ name }) => name === "job"));
      return jobs.length === 2 && jobs.every((each) => each?.lastStatus === "STOPPED") ? jobs : undefined;
    });
    expect(ended.map((each) => each?.exitCode)).to.deep.equal([7, 7]);

    await ecs.client.send(
      new UpdateServiceCommand({ cluster: ecs.cluster, service: "partly", taskDefinition: second }),
    );
    await waitUntilServicesStable(patience(ecs.client), stable);
    const tasks = await tasksOf("partly", "RUNNING");
    expect(tasks.map(({ lastStatus }) => lastStatus)).to.deep.equal(["RUNNING", "RUNNING"]);
    for (const { taskDefinitionArn } of tasks) expect(taskDefinitionArn).to.match(new RegExp(`/${second}$`));
    const { items } = await kubectlJson<Pods>(
      "get",
      "pods",
      "-n",
      `ecs-${ecs.cluster}`,
      "-l",
      "kecs.io/service=partly",
    );
    const restarts = items.flatMap(({ status }) => status.containerStatuses.map(({ restartCount }) => restartCount));
    // Pods of the deployment before may still be on their way out.
    expect(restarts.length).to.be.at.least(4);
    expect([...new Set(restarts)]).to.deep.equal([0]);
  });

  it("are started again as their restartPolicy says, by Kubernetes where the image has no shell to name", async () => {
    const volumes = [{ name: "starts", host: { sourcePath: folder } }];
    const mountPoints = [{ sourceVolume: "starts", containerPath: "/starts" }];
    const restartPolicy = { enabled: true, ignoredExitCodes: [9], restartAttemptPeriod: 60 };
    const runs = (command: string): ContainerDefinition => shell(command, { mountPoints, restartPolicy });
    const definitions = await Promise.all([
      ecs.register(
        "long",
        [runs("echo x >>/starts/long; [ $(wc -l </starts/long) -lt 2 ] || exit 9; sleep 61; exit 3")],
        {
          volumes,
        },
      ),
      ecs.register("short", [runs("exit 4")], { volumes }),
    ]);
    const ended = await Promise.all(
      definitions.map(async (taskDefinition) => {
        const { cluster } = ecs;
        const { tasks = [] } = await ecs.client.send(new RunTaskCommand({ cluster, taskDefinition }));
        await waitUntilTasksStopped(patience(ecs.client), { cluster, tasks: [tasks[0]!.taskArn!] });
        const described = await ecs.client.send(new DescribeTasksCommand({ cluster, tasks: [tasks[0]!.taskArn!] }));
        return described.tasks![0]!;
      }),
    );
    expect(ended.map(({ stopCode }) => stopCode)).to.deep.equal([
      "EssentialContainerExited",
      "EssentialContainerExited",
    ]);
    // One minute, exit code 3, a second run, and an exit code with which it ends; the other one ends too early.
    expect(ended.map(({ containers }) => containers?.[0]?.exitCode)).to.deep.equal([9, 4]);
    expect(await readFile(join(folder, "long"), "utf8")).to.equal("x\nx\n");
  });

  it("end the task where they are essential", async () => {
    await create("failing", await ecs.register("failing", [shell("exit 3"), shell(SLEEP, { name: "beside" })]));
    const failed = await eventually("three tasks have failed", async () => {
      const tasks = await tasksOf("failing", "STOPPED");
      const stopped = tasks.filter(({ lastStatus }) => lastStatus === "STOPPED");
      return stopped.length >= 3 ? stopped : undefined;
    });
    for (const { stopCode, stoppedReason, containers } of failed) {
      expect([stopCode, stoppedReason]).to.deep.equal([
        "EssentialContainerExited",
        "Essential container in task exited",
      ]);
      expect(containers?.[0]).to.include({ name: "main", exitCode: 3, lastStatus: "STOPPED" });
    }
  });
});
