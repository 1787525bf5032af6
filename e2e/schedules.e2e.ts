import { expect } from "chai";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { aws, awsEcs, awsEcsRaw, awsJson } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

interface Task {
  taskArn: string;
  startedBy: string;
  group: string;
  createdAt: number;
  taskDefinitionArn: string;
  overrides: { containerOverrides?: { name: string; command?: string[]; environment?: object[] }[] };
  tags: { key: string; value: string }[];
}

interface Annotated {
  metadata: { annotations: Record<string, string> };
}

const MINUTE_MS = 60_000;
/** The AWS CLI prints times as seconds. */
const timeOf = (printed: unknown): number => Number(printed) * 1000;

describe("schedules", () => {
  const cluster = uniqueName("sched");
  const family = `${cluster}-job`;
  const clusterArn = `arn:aws:ecs:us-east-1:000000000000:cluster/${cluster}`;
  const role = "arn:aws:iam::000000000000:role/events";
  const schedules: string[] = [];
  const rules: string[] = [];

  const scheduler = <T>(...args: string[]): Promise<T> => awsJson<T>("scheduler", ...args);
  const events = <T>(...args: string[]): Promise<T> => awsJson<T>("events", ...args);
  const create = (
    name: string,
    expression: string,
    target: object,
    ...more: string[]
  ): Promise<{ ScheduleArn: string }> => {
    schedules.push(name);
    const all = { Arn: clusterArn, RoleArn: role, EcsParameters: { TaskDefinitionArn: family }, ...target };
    const args = ["--name", name, "--schedule-expression", expression, "--target", JSON.stringify(all)];
    return scheduler("create-schedule", ...args, "--flexible-time-window", "Mode=OFF", ...more);
  };
  /** Tasks of the cluster that were started by one and are to run, oldest first. */
  const tasksOf = async (startedBy: string): Promise<Task[]> => {
    const running = ["list-tasks", "--cluster", cluster, "--started-by", startedBy];
    const { taskArns } = await awsEcs<{ taskArns: string[] }>(...running);
    if (taskArns.length === 0) return [];
    const described = ["describe-tasks", "--cluster", cluster, "--include", "TAGS", "--tasks", ...taskArns];
    const { tasks } = await awsEcs<{ tasks: Task[] }>(...described);
    return tasks.sort((a, b) => a.createdAt - b.createdAt);
  };
  const startedBy = (prefix: string, name: string): string => `${prefix}/${name}`.slice(0, 36);
  const someTasks = (by: string, count = 1, timeoutMs = MINUTE_MS): Promise<Task[]> =>
    eventually(
      `${count} tasks of ${by}`,
      async () => {
        const tasks = await tasksOf(by);
        return tasks.length >= count && tasks;
      },
      timeoutMs,
      1000,
    );

  before(async () => {
    await awsEcs("create-cluster", "--cluster-name", cluster);
    const containers = [{ name: "main", image: "busybox", memory: 32, command: ["sleep", "3600"] }];
    const tags = ["--tags", "key=of,value=definition"];
    const named = ["--family", family, "--container-definitions", JSON.stringify(containers)];
    await awsEcs("register-task-definition", ...named, ...tags);
  });
  after(async () => {
    for (const name of schedules) await aws("scheduler", "delete-schedule", "--name", name);
    for (const name of rules) {
      await aws("events", "remove-targets", "--rule", name, "--ids", "a", "b");
      await aws("events", "delete-rule", "--name", name);
    }
    await kubectlRaw(["delete", "ecsschedule", "-n", `ecs-${cluster}`, "--all"]);
    const { taskArns } = await awsEcs<{ taskArns: string[] }>("list-tasks", "--cluster", cluster);
    for (const task of taskArns) await awsEcsRaw("stop-task", "--cluster", cluster, "--task", task);
    await eventually("the cluster is deleted", async () => {
      return (await awsEcsRaw("delete-cluster", "--cluster", cluster)).code === 0;
    });
    await awsEcsRaw("deregister-task-definition", "--task-definition", `${family}:1`);
  });

  it("rate(1 minute) starts a task at once, then each minute, once each", async () => {
    const name = uniqueName("rate");
    const { ScheduleArn } = await create(name, "rate(1 minute)", {
      Input: JSON.stringify({
        containerOverrides: [
          {
            name: "main",
            command: ["sleep", "1000"],
            environment: [{ name: "AT", value: "<aws.scheduler.scheduled-time>" }],
          },
        ],
      }),
      EcsParameters: {
        TaskDefinitionArn: family,
        TaskCount: 2,
        Group: "nightly",
        PropagateTags: "TASK_DEFINITION",
        EnableECSManagedTags: true,
        Tags: [{ key: "of", value: "target" }],
      },
    });
    expect(ScheduleArn).to.equal(`arn:aws:scheduler:us-east-1:000000000000:schedule/default/${name}`);
    const by = startedBy("chronos-schedule", name);
    const [first] = await someTasks(by, 2);
    expect(first).to.include({ group: "nightly", startedBy: by });
    expect(first!.taskDefinitionArn).to.match(/:1$/);
    expect(first!.overrides.containerOverrides![0]!.command).to.deep.equal(["sleep", "1000"]);
    expect(JSON.stringify(first!.overrides)).to.match(/"value":"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"/);
    expect(first!.tags).to.deep.include.members([
      { key: "of", value: "target" },
      { key: "aws:ecs:clusterName", value: cluster },
    ]);

    const tasks = await someTasks(by, 4, 2.5 * MINUTE_MS);
    const moments = await momentsOf(tasks);
    expect(moments.size, "two moments").to.equal(2);
    expect([...moments.values()], "two tasks each").to.deep.equal([2, 2]);
    const [one = 0, two = 0] = [...moments.keys()].map((moment) => Date.parse(moment)).sort((a, b) => a - b);
    expect(two - one).to.equal(MINUTE_MS);

    await scheduler("delete-schedule", "--name", name);
    const gone = await aws("scheduler", "get-schedule", "--name", name);
    expect(gone.stderr).to.contain("(ResourceNotFoundException)").and.contain(`Schedule ${name} does not exist.`);
  });

  /** How many tasks were started for each moment. */
  async function momentsOf(tasks: readonly Task[]): Promise<Map<string, number>> {
    const moments = new Map<string, number>();
    for (const { taskArn } of tasks) {
      const name = taskArn.split("/").at(-1)!;
      const { metadata } = await kubectlJson<Annotated>("get", "ecstask", "-n", `ecs-${cluster}`, name);
      const moment = metadata.annotations["kecs.io/scheduled-time"]!;
      moments.set(moment, (moments.get(moment) ?? 0) + 1);
    }
    return moments;
  }

  it("at(…) starts one task and, told so, deletes the schedule", async () => {
    const name = uniqueName("at");
    const at = new Date(Date.now() + 8_000);
    const local = at.toLocaleString("sv-SE", { timeZone: "Asia/Kathmandu" }).replace(" ", "T");
    const more = ["--schedule-expression-timezone", "Asia/Kathmandu", "--action-after-completion", "DELETE"];
    await create(name, `at(${local})`, {}, ...more);
    const [task] = await someTasks(startedBy("chronos-schedule", name));
    expect(timeOf(task!.createdAt)).to.be.at.least(Math.floor(at.getTime() / 1000) * 1000);
    expect(task!.group).to.equal(`family:${family}`);
    await eventually("the schedule is gone", async () => {
      return (await aws("scheduler", "get-schedule", "--name", name)).code !== 0;
    });
    expect(await tasksOf(startedBy("chronos-schedule", name))).to.have.length(1);
  });

  it("shows what was written, replaces it, and lists it", async () => {
    const name = uniqueName("plan");
    const network = { awsvpcConfiguration: { Subnets: ["subnet-1"], AssignPublicIp: "ENABLED" } };
    const target = {
      Input: '{ "containerOverrides": [] }',
      EcsParameters: { TaskDefinitionArn: family, LaunchType: "FARGATE", NetworkConfiguration: network },
      RetryPolicy: { MaximumEventAgeInSeconds: 120, MaximumRetryAttempts: 3 },
    };
    const more = ["--state", "DISABLED", "--description", "of an evening", "--end-date", "2031-01-01T00:00:00Z"];
    await create(name, "cron(0 20 ? * MON-FRI *)", target, ...more);
    const shown = await scheduler<Record<string, never>>("get-schedule", "--name", name);
    expect(shown).to.deep.include({
      Name: name,
      GroupName: "default",
      ScheduleExpression: "cron(0 20 ? * MON-FRI *)",
      ScheduleExpressionTimezone: "UTC",
      State: "DISABLED",
      Description: "of an evening",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "NONE",
    });
    expect(timeOf(shown["EndDate"])).to.equal(Date.parse("2031-01-01T00:00:00Z"));
    const { EcsParameters, ...rest } = target;
    expect(shown["Target"]).to.deep.include({ Arn: clusterArn, RoleArn: role, ...rest });
    expect(shown["Target"]).to.have.property("EcsParameters").that.deep.includes(EcsParameters);

    const other = { Arn: clusterArn, RoleArn: role, EcsParameters: { TaskDefinitionArn: family, TaskCount: 3 } };
    const replaced = [
      "--schedule-expression",
      "rate(30 days)",
      "--state",
      "DISABLED",
      "--target",
      JSON.stringify(other),
    ];
    const window = ["--flexible-time-window", "Mode=FLEXIBLE,MaximumWindowInMinutes=15"];
    await scheduler("update-schedule", "--name", name, ...replaced, ...window);
    const after = await scheduler<Record<string, never>>("get-schedule", "--name", name);
    expect(after).to.deep.include({
      ScheduleExpression: "rate(30 days)",
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 },
    });
    expect(after).to.not.have.any.keys("Description", "EndDate");
    expect(after["Target"]).to.have.property("EcsParameters").that.includes({ TaskCount: 3 });
    const { Schedules } = await scheduler<{ Schedules: object[] }>("list-schedules", "--name-prefix", name);
    expect(Schedules).to.have.length(1);
    expect(Schedules[0]).to.deep.include({ Name: name, State: "DISABLED", Target: { Arn: clusterArn } });
  });

  it("a rule starts the tasks of its targets, until it is disabled", async () => {
    const name = uniqueName("rule");
    rules.push(name);
    const put = ["put-rule", "--name", name, "--schedule-expression", "rate(1 minute)", "--tags", "Key=a,Value=b"];
    const { RuleArn } = await events<{ RuleArn: string }>(...put);
    expect(RuleArn).to.equal(`arn:aws:events:us-east-1:000000000000:rule/${name}`);
    const target = (Id: string, command: string): object => ({
      Id,
      Arn: clusterArn,
      RoleArn: role,
      Input: JSON.stringify({ containerOverrides: [{ name: "main", command: ["sleep", command] }] }),
      EcsParameters: { TaskDefinitionArn: `${family}:1` },
    });
    const targets = JSON.stringify([target("a", "11"), target("b", "22")]);
    const answer = await events("put-targets", "--rule", name, "--targets", targets);
    expect(answer).to.deep.equal({ FailedEntryCount: 0, FailedEntries: [] });

    const described = await events("describe-rule", "--name", name);
    expect(described).to.deep.include({ Name: name, State: "ENABLED", EventBusName: "default" });
    const { Targets } = await events<{ Targets: { Id: string }[] }>("list-targets-by-rule", "--rule", name);
    expect(Targets.map(({ Id }) => Id)).to.deep.equal(["a", "b"]);
    const { RuleNames } = await events<{ RuleNames: string[] }>(
      "list-rule-names-by-target",
      "--target-arn",
      clusterArn,
    );
    expect(RuleNames).to.deep.equal([name]);
    const { Tags } = await events<{ Tags: object[] }>("list-tags-for-resource", "--resource-arn", RuleArn);
    expect(Tags).to.deep.equal([{ Key: "a", Value: "b" }]);
    const full = await aws("events", "delete-rule", "--name", name);
    expect(full.stderr).to.contain("(ValidationException)").and.contain("Rule can't be deleted since it has targets.");

    const tasks = await someTasks(startedBy("events-rule", name), 2, 2 * MINUTE_MS);
    const commands = tasks.map(({ overrides }) => overrides.containerOverrides![0]!.command![1]);
    expect(commands).to.have.members(["11", "22"]);
    await events("disable-rule", "--name", name);
    expect(await events("describe-rule", "--name", name)).to.include({ State: "DISABLED" });

    const removed = await events("remove-targets", "--rule", name, "--ids", "a", "b", "c");
    expect(removed).to.deep.include({ FailedEntryCount: 1 });
    await events("delete-rule", "--name", name);
    const { Rules } = await events<{ Rules: object[] }>("list-rules", "--name-prefix", name);
    expect(Rules).to.deep.equal([]);
  });

  it("refuses by name what would not act", async () => {
    const wrong: [words: RegExp, run: () => Promise<{ stderr: string }>][] = [
      [/ValidationException.*EventPattern/s, () => rule("--event-pattern", '{"source":["aws.s3"]}')],
      [/ValidationException.*six fields/s, () => rule("--schedule-expression", "cron(0 12 * * ?)")],
      [
        /ValidationException.*ScheduleExpression is not valid/s,
        () => rule("--schedule-expression", "at(2030-01-01T00:00:00)"),
      ],
      [
        /ValidationException.*only clusters of Amazon ECS/s,
        () => schedule({ Arn: "arn:aws:sqs:us-east-1:000000000000:q" }),
      ],
      [
        /ValidationException.*DeadLetterConfig/s,
        () => schedule({ DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:000000000000:q" } }),
      ],
      [/ValidationException.*JSON object/s, () => schedule({ Input: "now" })],
      [/ValidationException.*Timezone/s, () => schedule({}, "--schedule-expression-timezone", "Mars/Phobos")],
      [/ResourceNotFoundException.*group/s, () => schedule({}, "--group-name", "other")],
    ];
    const rule = (...args: string[]) => aws("events", "put-rule", "--name", "never", ...args);
    const schedule = (target: object, ...more: string[]) => {
      const all = { Arn: clusterArn, RoleArn: role, EcsParameters: { TaskDefinitionArn: family }, ...target };
      const args = ["--name", "never", "--schedule-expression", "rate(1 hour)", "--target", JSON.stringify(all)];
      return aws("scheduler", "create-schedule", ...args, "--flexible-time-window", "Mode=OFF", ...more);
    };
    for (const [words, run] of wrong) expect((await run()).stderr).to.match(words);
  });

  it("is a resource: kubectl makes one beside its tasks, and the API shows and deletes it", async () => {
    const name = uniqueName("yaml");
    const namespace = `ecs-${cluster}`;
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSSchedule",
      metadata: { name, namespace },
      spec: {
        scheduleExpression: "rate(1 minute)",
        targets: [
          {
            id: "job",
            runTask: { taskDefinition: family, overrides: { containerOverrides: [{ name: "main", cpu: 8 }] } },
          },
        ],
      },
    });
    await kubectl("wait", "--for=condition=Ready", `ecsschedule/${name}`, "-n", namespace, "--timeout=60s");
    const [task] = await someTasks(startedBy("chronos-schedule", name));
    expect(task!.overrides.containerOverrides).to.deep.equal([{ name: "main", cpu: 8 }]);
    const shown = await scheduler<{ Target: { Arn: string; Input: string } }>("get-schedule", "--name", name);
    expect(shown.Target).to.include({ Arn: clusterArn, Input: '{"containerOverrides":[{"cpu":8,"name":"main"}]}' });
    const { Schedules } = await scheduler<{ Schedules: { Name: string }[] }>("list-schedules", "--name-prefix", name);
    expect(Schedules.map((each) => each.Name)).to.deep.equal([name]);
    await scheduler("delete-schedule", "--name", name);
    expect((await kubectlRaw(["get", "ecsschedule", name, "-n", namespace])).code).to.equal(1);
  });

  it("tells what keeps a start back, tries again and then starts it", async () => {
    const name = uniqueName("late");
    await create(name, "rate(1 day)", { EcsParameters: { TaskDefinitionArn: `${family}-late` } });
    const condition = '{.status.conditions[?(@.type=="Reconciling")].message}';
    await eventually("the failure is told", async () => {
      const told = await kubectl("get", "ecsschedule", name, "-n", "kecs-system", "-o", `jsonpath=${condition}`);
      return told.includes(`There is no task definition ${family}-late yet`);
    });
    // One that stays: list-tasks shows those only that are to run.
    const containers = [{ name: "main", image: "busybox", memory: 32, command: ["sleep", "3600"] }];
    const late = ["--family", `${family}-late`, "--container-definitions", JSON.stringify(containers)];
    await awsEcs("register-task-definition", ...late);
    await someTasks(startedBy("chronos-schedule", name), 1, 2 * MINUTE_MS);
    await awsEcs("deregister-task-definition", "--task-definition", `${family}-late:1`);
  });
});
