import { expect } from "chai";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  waitUntilServicesInactive,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { kubectl, kubectlApply, kubectlJson } from "../support/kubectl.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { ecsClient } from "../support/sdk.ts";
import { eventually, uniqueName } from "../support/wait.ts";

interface Tasks {
  items: { metadata: { annotations?: Record<string, string> } }[];
}

interface Pods {
  items: { metadata: { uid: string; labels: Record<string, string> } }[];
}

describe("faults: nothing acknowledged is lost, nothing is started twice", function () {
  this.timeout(300_000);
  const ecs = ecsClient();
  const cluster = uniqueName("faults");
  const namespace = `ecs-${cluster}`;
  const wait = { client: ecs, maxWaitTime: 120, minDelay: 1, maxDelay: 2 };

  before(async () => {
    await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: cluster,
        containerDefinitions: [
          { name: "main", image: "busybox", memory: 32, essential: true, command: ["sleep", "3600"], stopTimeout: 2 },
        ],
      }),
    );
  });

  after(async () => {
    await makeUp();
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster }));
    for (const task of taskArns) await ecs.send(new StopTaskCommand({ cluster, task }));
    await eventually(
      "the cluster can be deleted",
      () => ecs.send(new DeleteClusterCommand({ cluster })),
      120_000,
      1000,
    );
    ecs.destroy();
  });

  /** Runs tasks one after the other until told to stop; gives back the ARNs that were acknowledged. */
  async function runTasksUntil(stopped: () => boolean): Promise<string[]> {
    const acknowledged: string[] = [];
    while (!stopped()) {
      await ecs.send(new RunTaskCommand({ cluster, taskDefinition: cluster })).then(
        ({ tasks = [] }) => acknowledged.push(...tasks.map((task) => task.taskArn!)),
        () => sleep(20), // not acknowledged: the gateway is being killed
      );
    }
    return acknowledged;
  }

  it("keeps every acknowledged task when the gateway is killed in the middle", async () => {
    let stop = false;
    const running = runTasksUntil(() => stop);
    for (let round = 0; round < 2; round += 1) {
      await sleep(300);
      await kill9("gateway");
      await makeUp();
    }
    stop = true;
    const acknowledged = await running;
    expect(acknowledged.length).to.be.greaterThan(0);
    for (let at = 0; at < acknowledged.length; at += 100) {
      const { tasks, failures } = await ecs.send(
        new DescribeTasksCommand({ cluster, tasks: acknowledged.slice(at, at + 100) }),
      );
      expect(failures).to.deep.equal([]);
      expect(tasks).to.have.length(Math.min(100, acknowledged.length - at));
    }
    for (const task of acknowledged) await ecs.send(new StopTaskCommand({ cluster, task }));
  });

  it("starts each task once when the operator is killed in the middle", async () => {
    const arns: string[] = [];
    const pods = new Map<string, Set<string>>(); // task id → uids of the Pods seen for it
    const look = async (): Promise<void> => {
      const { items } = await kubectlJson<Pods>("get", "pods", "-n", namespace, "-l", "kecs.io/task");
      for (const { metadata } of items) {
        const task = metadata.labels["kecs.io/task"]!;
        pods.set(task, (pods.get(task) ?? new Set()).add(metadata.uid));
      }
    };
    for (let round = 0; round < 3; round += 1) {
      const { tasks = [] } = await ecs.send(new RunTaskCommand({ cluster, taskDefinition: cluster, count: 4 }));
      arns.push(...tasks.map((task) => task.taskArn!));
      await sleep(20 * round); // at other points of the operator's work each time
      await kill9("operator");
      await look();
      await makeUp();
    }
    await waitUntilTasksRunning(wait, { cluster, tasks: arns });
    await look();
    for (const arn of arns) expect(pods.get(arn.split("/").at(-1)!)?.size, arn).to.equal(1);
    for (const task of arns) await ecs.send(new StopTaskCommand({ cluster, task }));
    await waitUntilTasksStopped(wait, { cluster, tasks: arns });
  });

  it("does not lose the end of a task that came while the operator was away", async () => {
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: `${cluster}-exits`,
        containerDefinitions: [
          { name: "main", image: "busybox", memory: 32, essential: true, command: ["sh", "-c", "sleep 3; exit 7"] },
        ],
      }),
    );
    const { tasks = [] } = await ecs.send(new RunTaskCommand({ cluster, taskDefinition: `${cluster}-exits` }));
    const arn = tasks[0]!.taskArn!;
    await eventually(
      "its Pod exists",
      async () =>
        (await kubectlJson<Pods>("get", "pods", "-n", namespace, "-l", `kecs.io/task=${arn.split("/").at(-1)}`)).items
          .length === 1,
    );
    await kill9("operator");
    await sleep(5000);
    await makeUp();
    await waitUntilTasksStopped(wait, { cluster, tasks: [arn] });
    const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
    expect(described.tasks?.[0]).to.include({ stopCode: "EssentialContainerExited" });
    expect(described.tasks?.[0]?.containers?.[0]?.exitCode).to.equal(7);
  });

  it("starts the tasks of a schedule once for each moment when the operator is killed around them", async () => {
    await eventually("the cluster's namespace", () => kubectlJson("get", "namespace", namespace));
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSSchedule",
      metadata: { name: "minutely", namespace },
      spec: {
        scheduleExpression: "cron(* * * * ? *)",
        targets: [{ id: "two", runTask: { taskDefinition: cluster, count: 2 } }],
      },
    });
    const moments = async (): Promise<string[]> => {
      const { items } = await kubectlJson<Tasks>("get", "ecstasks", "-n", namespace);
      return items.flatMap(({ metadata }) => metadata.annotations?.["kecs.io/scheduled-time"] ?? []);
    };
    const untilMoment = (beforeMs: number): Promise<void> => sleep(60_000 - (Date.now() % 60_000) - beforeMs);
    // Once dead at the moment itself, once killed as soon as its first task is there.
    await untilMoment(2_000);
    await kill9("operator");
    await sleep(4_000);
    await makeUp();
    const first = await eventually("the missed moment is made up for", async () => {
      const found = await moments();
      return found.length >= 2 && found;
    });
    await eventually("a task of the next moment", async () => (await moments()).length > first.length, 90_000, 20);
    await kill9("operator");
    await makeUp();
    await eventually("both its tasks", async () => (await moments()).length >= first.length + 2);
    await kubectl("delete", "ecsschedule", "minutely", "-n", namespace);
    const counts = new Map<string, number>();
    for (const moment of await moments()) counts.set(moment, (counts.get(moment) ?? 0) + 1);
    expect([...counts.values()], [...counts.keys()].join()).to.deep.equal([...counts.keys()].map(() => 2));
    const times = [...counts.keys()].map((moment) => Date.parse(moment)).sort((a, b) => a - b);
    for (const [index, time] of times.entries())
      expect(time - times[0]!, "no moment left out").to.equal(index * 60_000);
  });

  it("answers ServerException while the API server is away, and goes on by itself when it is back", async () => {
    await ecs.send(new CreateServiceCommand({ cluster, serviceName: "web", taskDefinition: cluster, desiredCount: 1 }));
    await waitUntilServicesStable(wait, { cluster, services: ["web"] });
    const before = await ecs.send(new ListTasksCommand({ cluster }));
    await kill9("kube-apiserver");
    const error = await ecs.send(new RunTaskCommand({ cluster, taskDefinition: cluster, count: 3 })).then(
      () => undefined,
      (thrown: { name: string; $metadata: { httpStatusCode?: number } }) => thrown,
    );
    expect(error?.name).to.equal("ServerException");
    expect(error?.$metadata.httpStatusCode).to.be.oneOf([500, 503]);
    const read = await ecs.send(new DescribeServicesCommand({ cluster, services: ["web"] }));
    expect(read.services?.[0]?.serviceName, "reads go on").to.equal("web");
    await makeUp();
    const after = await ecs.send(new ListTasksCommand({ cluster }));
    expect(after.taskArns, "no half-made tasks").to.deep.equal(before.taskArns);

    const { tasks = [] } = await eventually("tasks run again", () =>
      ecs.send(new RunTaskCommand({ cluster, taskDefinition: cluster })),
    );
    await waitUntilTasksRunning(wait, { cluster, tasks: tasks.map((task) => task.taskArn!) });
  });

  it("has the current state back after DuckDB's file was deleted", async () => {
    const describe = async (): Promise<unknown> => {
      const { services } = await ecs.send(
        new DescribeServicesCommand({ cluster, services: ["web"], include: ["TAGS"] }),
      );
      const { taskArns } = await ecs.send(new ListTasksCommand({ cluster }));
      return { services, taskArns };
    };
    await waitUntilServicesStable(wait, { cluster, services: ["web"] });
    const before = await describe();
    await kill9("gateway");
    await rm(join(".kecs", "data"), { recursive: true });
    await makeUp();
    expect(await describe()).to.deep.equal(before);
    await ecs.send(new DeleteServiceCommand({ cluster, service: "web", force: true }));
    await waitUntilServicesInactive(wait, { cluster, services: ["web"] });
  });
});
