import {
  type ConflictException,
  DeregisterTaskDefinitionCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type RunTaskCommandInput,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectlApply, kubectlJson } from "./support/kubectl.ts";
import { awsEcs, awsEcsRaw } from "./support/python-clients.ts";
import { eventually } from "./support/wait.ts";

describe("tasks through the ECS API", () => {
  let ecs: EcsFixture;
  let sleeper: string;
  let worker: string;

  before(async () => {
    ecs = await ecsFixture("tasks");
    sleeper = await ecs.register("sleeper", [shell(SLEEP)], { tags: [{ key: "from", value: "definition" }] });
    worker = await ecs.register("worker", [shell('echo "$GREETING"; exit 3', { environment: [] })]);
  });
  after(() => ecs.dispose());

  const run = async (input: Partial<RunTaskCommandInput>): Promise<Task[]> => {
    const command = new RunTaskCommand({ cluster: ecs.cluster, taskDefinition: sleeper, ...input });
    const { tasks = [], failures } = await ecs.client.send(command);
    expect(failures).to.deep.equal([]);
    return tasks;
  };
  const describeOne = async (task: string, include?: ["TAGS"]): Promise<Task> => {
    const command = new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [task], ...(include && { include }) });
    const { tasks = [], failures } = await ecs.client.send(command);
    expect(failures).to.deep.equal([]);
    expect(tasks).to.have.length(1);
    return tasks[0]!;
  };
  const stopAll = async (tasks: readonly Task[]): Promise<void> => {
    await Promise.all(
      tasks.map(({ taskArn }) => ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: taskArn! }))),
    );
  };
  const arnsOf = (tasks: readonly Task[]): string[] => tasks.map(({ taskArn }) => taskArn!);

  describe("RunTask", () => {
    it("answers at once with everything that is known", async () => {
      const [task, ...others] = await run({ startedBy: "me" });
      expect(others).to.deep.equal([]);
      expect(task?.taskArn).to.match(
        new RegExp(`^arn:aws:ecs:us-east-1:000000000000:task/${ecs.cluster}/[0-9a-f]{32}$`),
      );
      expect(task).to.include({
        desiredStatus: "RUNNING",
        launchType: "EC2",
        startedBy: "me",
        group: `family:${ecs.cluster}-sleeper`,
        memory: "32",
      });
      expect(task?.taskDefinitionArn).to.match(new RegExp(`:task-definition/${sleeper}$`));
      expect(task?.createdAt).to.be.instanceOf(Date);
      expect(task?.containers).to.have.length(1);
      expect(task?.containers?.[0]).to.include({ name: "main", image: "busybox", lastStatus: "PENDING", memory: "32" });
      const running = { cluster: ecs.cluster, tasks: [task!.taskArn!] };
      await waitUntilTasksRunning(patience(ecs.client), running);
      const later = await describeOne(task!.taskArn!);
      expect(later.containers?.[0]?.containerArn).to.equal(task?.containers?.[0]?.containerArn);
      await stopAll([task!]);
    });

    it("takes overrides of command and environment", async () => {
      const environment = [{ name: "CODE", value: "7" }];
      const override = { name: "main", command: ["sh", "-c", "exit $CODE"], environment };
      const [task] = await run({ taskDefinition: worker, overrides: { containerOverrides: [override] } });
      expect(task?.overrides?.containerOverrides).to.deep.equal([override]);
      await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: [task!.taskArn!] });
      const stopped = await describeOne(task!.taskArn!);
      expect(stopped.stopCode).to.equal("EssentialContainerExited");
      expect(stopped.containers?.[0]?.exitCode).to.equal(7);
    });

    it("starts the same tasks again for the same client token, and no others", async () => {
      const request = { count: 3, clientToken: "tasks-e2e", startedBy: "token" };
      const first = await run(request);
      const second = await run(request);
      expect(arnsOf(second)).to.deep.equal(arnsOf(first));
      const { taskArns } = await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, startedBy: "token" }));
      expect(taskArns).to.have.members(arnsOf(first));
      const other = new RunTaskCommand({ ...request, cluster: ecs.cluster, taskDefinition: sleeper, count: 2 });
      const conflict = await refused(ecs.client.send(other), "ConflictException", /clientToken is already in use/);
      expect((conflict as ConflictException).resourceIds).to.have.members(arnsOf(first));
      await stopAll(first);
    });

    it("gives one token's tasks once to calls at the same time", async () => {
      const request = { count: 2, clientToken: "at-once" };
      const answers = await Promise.all([run(request), run(request), run(request)]);
      for (const answer of answers) expect(arnsOf(answer)).to.deep.equal(arnsOf(answers[0]));
      await stopAll(answers[0]);
    });

    it("gives tasks the tags of the call, of the definition and of ECS", async () => {
      const tags = [{ key: "team", value: "blue" }];
      const [task] = await run({ tags, propagateTags: "TASK_DEFINITION", enableECSManagedTags: true });
      expect((await describeOne(task!.taskArn!)).tags ?? []).to.deep.equal([]);
      expect((await describeOne(task!.taskArn!, ["TAGS"])).tags).to.have.deep.members([
        ...tags,
        { key: "from", value: "definition" },
        { key: "aws:ecs:clusterName", value: ecs.cluster },
      ]);
      await stopAll([task!]);
    });

    it("takes the latest ACTIVE revision of a family", async () => {
      const family = sleeper.split(":")[0]!;
      const newer = await ecs.register("sleeper", [shell(SLEEP)]);
      const [task] = await run({ taskDefinition: family });
      expect(task?.taskDefinitionArn).to.match(new RegExp(`/${newer}$`));
      await ecs.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: newer }));
      const [older] = await run({ taskDefinition: family });
      expect(older?.taskDefinitionArn).to.match(new RegExp(`/${sleeper}$`));
      await refused(run({ taskDefinition: newer }), "InvalidParameterException", "TaskDefinition is inactive");
      await stopAll([task!, older!]);
    });
  });

  describe("RunTask refuses", () => {
    let awsvpc: string;
    before(async () => {
      awsvpc = await ecs.register("vpc", [shell(SLEEP)], { networkMode: "awsvpc" });
    });
    const network = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
    const strategy = [{ capacityProvider: "nobody" }];
    const overridden = (name: string) => ({ containerOverrides: [{ name, command: ["x"] }] });

    const cases: [string, () => Partial<RunTaskCommandInput>, string, RegExp | string][] = [
      ["an unknown cluster", () => ({ cluster: "nowhere" }), "ClusterNotFoundException", "Cluster not found."],
      [
        "an unknown family",
        () => ({ taskDefinition: "nothing" }),
        "InvalidParameterException",
        "TaskDefinition not found.",
      ],
      [
        "an unknown revision",
        () => ({ taskDefinition: `${worker}99` }),
        "InvalidParameterException",
        "TaskDefinition not found.",
      ],
      ["11 tasks", () => ({ count: 11 }), "InvalidParameterException", /count/],
      [
        "a container that is not there",
        () => ({ overrides: overridden("x") }),
        "InvalidParameterException",
        "Override for container named x is not a container in the TaskDefinition.",
      ],
      [
        "launch type beside strategy",
        () => ({ launchType: "EC2", capacityProviderStrategy: strategy }),
        "InvalidParameterException",
        /^Specifying both a launch type/,
      ],
      [
        "a strange capacity provider",
        () => ({ capacityProviderStrategy: strategy }),
        "InvalidParameterException",
        "The specified capacity provider nobody was not found.",
      ],
      [
        "a capacity provider that is not the cluster's",
        () => ({ capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] }),
        "InvalidParameterException",
        /not associated with the cluster/,
      ],
      [
        "a network for a bridge",
        () => ({ networkConfiguration: network }),
        "InvalidParameterException",
        /is not valid for the given networkMode/,
      ],
      [
        "awsvpc without a network",
        () => ({ taskDefinition: awsvpc }),
        "InvalidParameterException",
        /^Network Configuration must be provided when networkMode 'awsvpc'/,
      ],
      [
        "Fargate for a bridge",
        () => ({ launchType: "FARGATE" }),
        "InvalidParameterException",
        "Task definition does not support launch_type FARGATE.",
      ],
      [
        "a service's group",
        () => ({ group: "service:web" }),
        "InvalidParameterException",
        "Invalid namespace for group.",
      ],
      ["a service's tags", () => ({ propagateTags: "SERVICE" }), "InvalidParameterException", /propagateTags/],
      [
        "a strategy that spreads over nothing",
        () => ({ placementStrategy: [{ type: "spread" }] }),
        "InvalidParameterException",
        /placement strategy spread/,
      ],
      [
        "ECS Exec without a role",
        () => ({ enableExecuteCommand: true }),
        "InvalidParameterException",
        /valid task role/,
      ],
    ];
    for (const [what, input, code, message] of cases) {
      it(what, async () => {
        await refused(run(input()), code, message);
      });
    }

    it("and says so to users of the AWS CLI", async () => {
      const args = ["run-task", "--cluster", "nowhere", "--task-definition", sleeper];
      const { code, stderr } = await awsEcsRaw(...args);
      expect(code).to.not.equal(0);
      expect(stderr).to.contain(
        "An error occurred (ClusterNotFoundException) when calling the RunTask operation: Cluster not found.",
      );
    });
  });

  describe("StopTask", () => {
    it("stops a task by id, and answers the same when it is asked again", async () => {
      const [task] = await run({});
      const id = task!.taskArn!.split("/").at(-1)!;
      const stop = new StopTaskCommand({ cluster: ecs.cluster, task: id, reason: "enough" });
      const { task: stopping } = await ecs.client.send(stop);
      expect(stopping).to.include({ desiredStatus: "STOPPED", stopCode: "UserInitiated", stoppedReason: "enough" });
      await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: [id] });
      const again = await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: id, reason: "other" }));
      expect(again.task).to.include({ lastStatus: "STOPPED", stoppedReason: "enough" });
      const { taskArns } = await ecs.client.send(
        new ListTasksCommand({ cluster: ecs.cluster, desiredStatus: "STOPPED" }),
      );
      expect(taskArns).to.include(task!.taskArn);
    });

    it("refuses what it does not know", async () => {
      const stop = (input: { cluster?: string; task: string }) =>
        ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, ...input }));
      const unknown = "0".repeat(32);
      await refused(stop({ task: unknown }), "InvalidParameterException", "The referenced task was not found.");
      await refused(stop({ cluster: "nowhere", task: unknown }), "ClusterNotFoundException", "Cluster not found.");
      const elsewhere = `arn:aws:ecs:us-east-1:000000000000:task/elsewhere/${unknown}`;
      await refused(stop({ task: elsewhere }), "InvalidParameterException", /Identifier is for cluster elsewhere/);
    });
  });

  describe("DescribeTasks and ListTasks", () => {
    it("tells unknown tasks apart from known ones", async () => {
      const [task] = await run({});
      const missing = "f".repeat(32);
      const command = new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [missing, task!.taskArn!] });
      const { tasks, failures } = await ecs.client.send(command);
      expect(tasks?.map(({ taskArn }) => taskArn)).to.deep.equal([task!.taskArn]);
      const arn = `arn:aws:ecs:us-east-1:000000000000:task/${ecs.cluster}/${missing}`;
      expect(failures).to.deep.equal([{ arn, reason: "MISSING" }]);
      await stopAll([task!]);
    });

    it("refuses none and too many", async () => {
      const describe = (tasks: string[]) => ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks }));
      await refused(describe([]), "InvalidParameterException", "Tasks cannot be empty.");
      await refused(describe(Array.from({ length: 101 }, String)), "InvalidParameterException", /100/);
    });

    it("lists in pages", async () => {
      const tasks = await run({ count: 5, startedBy: "pages" });
      const seen: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = { cluster: ecs.cluster, startedBy: "pages", maxResults: 2, ...(nextToken && { nextToken }) };
        const answer = await ecs.client.send(new ListTasksCommand(page));
        expect(answer.taskArns).to.have.length.at.most(2);
        seen.push(...(answer.taskArns ?? []));
        nextToken = answer.nextToken;
      } while (nextToken !== undefined);
      expect(seen).to.have.members(arnsOf(tasks));
      expect(seen).to.have.length(5);
      const all = await awsEcs<{ taskArns: string[] }>(
        "list-tasks",
        "--cluster",
        ecs.cluster,
        "--started-by",
        "pages",
        "--page-size",
        "2",
      );
      expect(all.taskArns).to.have.members(seen);
      await stopAll(tasks);
    });

    it("filters, and refuses filters that do not go together", async () => {
      const [task] = await run({ taskDefinition: sleeper });
      const list = async (filter: object): Promise<string[]> =>
        (await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, ...filter }))).taskArns ?? [];
      expect(await list({ family: sleeper.split(":")[0] })).to.include(task!.taskArn);
      expect(await list({ family: "other" })).to.deep.equal([]);
      expect(await list({ launchType: "EC2" })).to.include(task!.taskArn);
      expect(await list({ launchType: "FARGATE" })).to.deep.equal([]);
      expect(await list({ desiredStatus: "PENDING" })).to.deep.equal([]);
      await refused(
        list({ startedBy: "x", family: "y" }),
        "InvalidParameterException",
        "cannot specify startedBy with other arguments",
      );
      await refused(list({ serviceName: "none" }), "ServiceNotFoundException", "Service not found.");
      await refused(list({ nextToken: "x" }), "InvalidParameterException", /nextToken/);
      await stopAll([task!]);
    });
  });

  describe("StartTask", () => {
    it("puts a task on the node that it names, by id and by name", async () => {
      const { items } = await kubectlJson<{ items: { metadata: { name: string; uid: string } }[] }>("get", "nodes");
      const { name, uid } = items[0]!.metadata;
      const id = uid.replaceAll("-", "");
      const arn = `arn:aws:ecs:us-east-1:000000000000:container-instance/${ecs.cluster}/${id}`;
      const command = new StartTaskCommand({
        cluster: ecs.cluster,
        taskDefinition: sleeper,
        containerInstances: [arn, name, "unknown"],
      });
      const { tasks = [], failures } = await ecs.client.send(command);
      expect(failures).to.deep.equal([{ arn: arn.replace(id, "unknown"), reason: "MISSING" }]);
      expect(tasks.map(({ containerInstanceArn }) => containerInstanceArn)).to.deep.equal([arn, arn]);
      await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: arnsOf(tasks) });
      const listed = await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, containerInstance: id }));
      expect(listed.taskArns).to.include.members(arnsOf(tasks));
      await stopAll(tasks);
    });
  });

  describe("a task made by kubectl", () => {
    it("is described, listed and stopped as any other", async () => {
      const name = "made-by-kubectl";
      await kubectlApply({
        apiVersion: "ecs.kecs.io/v1alpha1",
        kind: "ECSTask",
        metadata: { name, namespace: `ecs-${ecs.cluster}` },
        spec: { taskDefinition: sleeper, startedBy: "kubectl" },
      });
      const arn = `arn:aws:ecs:us-east-1:000000000000:task/${ecs.cluster}/${name}`;
      await eventually("the task is known", () => describeOne(name));
      await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: [arn] });
      const { taskArns } = await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, startedBy: "kubectl" }));
      expect(taskArns).to.deep.equal([arn]);
      await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: name }));
      await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: [name] });
    });
  });
});
