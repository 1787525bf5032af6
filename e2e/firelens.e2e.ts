import {
  type ContainerDefinition,
  CreateServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  waitUntilServicesStable,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { logRouter } from "../images/log-router.ts";
import { type EcsFixture, ecsFixture, patience, refused } from "./support/ecs-fixture.ts";
import { kubectl, kubectlRaw } from "./support/kubectl.ts";
import { realNode } from "./support/nodes.ts";
import { type Routed, routedApp, routedOf, router } from "./support/log-router.ts";
import { awsLogs, awsLogsRaw } from "./support/python-clients.ts";
import { loadTestImage } from "./support/test-image.ts";
import { eventually } from "./support/wait.ts";

describe("FireLens", function () {
  this.timeout(300_000);
  let ecs: EcsFixture;
  let group: string;

  before(async () => {
    await realNode();
    await loadTestImage(logRouter);
    ecs = await ecsFixture("firelens");
    group = `/firelens/${ecs.cluster}`;
  });
  after(async () => {
    await ecs?.dispose();
    await awsLogsRaw("delete-log-group", "--log-group-name", group);
  });

  /** What it prints is kept as any container's output is, so that it can be read when the task is gone. */
  const loggedRouter = (name: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition =>
    router({
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": name },
      },
      ...more,
    });

  async function run(taskDefinition: string): Promise<string> {
    const { tasks = [] } = await ecs.client.send(new RunTaskCommand({ cluster: ecs.cluster, taskDefinition }));
    return tasks[0]!.taskArn!;
  }

  /** What the log routers of tasks printed. */
  async function routed(name: string): Promise<Routed[]> {
    const found = await awsLogsRaw(
      "filter-log-events",
      "--log-group-name",
      group,
      "--log-stream-name-prefix",
      `${name}/`,
    );
    if (found.code !== 0) return []; // no group before the first output
    const { events } = JSON.parse(found.stdout) as { events: { message: string }[] };
    return routedOf(events.map(({ message }) => message));
  }

  const logsOf = (found: readonly Routed[]): string[] => found.map(({ record }) => record["log"] ?? "");

  it("sends a task's output to its log router, with the options and secrets of its output", async () => {
    const namespace = `ecs-${ecs.cluster}`;
    await eventually("the namespace", () => kubectl("get", "namespace", namespace));
    await kubectl("-n", namespace, "create", "secret", "generic", "ssm.firelens.key", "--from-literal=value=s3cret");
    const extra = "[FILTER]\n    Name record_modifier\n    Match *\n    Record extra here";
    await kubectl(
      "-n",
      namespace,
      "create",
      "secret",
      "generic",
      "s3.conf.router",
      `--from-literal=external.conf=${extra}`,
    );
    const container = routedApp("echo $FLUENT_HOST:$FLUENT_PORT; echo skip me; echo bye >&2; exit 3", {
      "exclude-pattern": "^skip",
      Host: "logs.example",
    });
    const definition = await ecs.register("task", [
      {
        ...container,
        logConfiguration: {
          ...container.logConfiguration!,
          secretOptions: [{ name: "apikey", valueFrom: "/firelens/key" }],
        },
      },
      loggedRouter("task", {
        firelensConfiguration: {
          type: "fluentbit",
          options: { "config-file-type": "s3", "config-file-value": "arn:aws:s3:::conf/router.conf" },
        },
      }),
    ]);
    const arn = await run(definition);
    await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: [arn] });
    const lines = await eventually("both lines", async () => {
      const found = await routed("task");
      return found.length >= 2 && found;
    });
    // They come from two streams, each in its own order.
    expect(logsOf(lines).toSorted()).to.deep.equal(["127.0.0.1:24224", "bye"]);
    const id = arn.split("/").at(-1)!;
    const { tag, time, record, output } = lines.find((each) => each.record["source"] === "stdout")!;
    expect(tag).to.equal(`App_1-firelens-${id}`);
    expect(Date.now() / 1000 - time).to.be.within(-1, 280);
    expect(record).to.deep.include({
      container_name: "App_1",
      source: "stdout",
      ecs_cluster: ecs.cluster,
      ecs_task_arn: arn,
      ecs_task_definition: definition,
      extra: "here",
    });
    expect(record["container_id"]).to.match(/^[0-9a-f]{64}$/);
    expect(record["ec2_instance_id"]).to.be.a("string").and.not.equal("");
    expect(output).to.deep.equal({ Name: "http", Match: "App_1-firelens*", Host: "logs.example", apikey: "s3cret" });
    const { tasks = [] } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [arn] }));
    expect(tasks[0]?.containers?.find(({ name }) => name === "App_1")?.exitCode).to.equal(3);
    const pod = await kubectl("-n", namespace, "get", "pod", id, "-o", "yaml");
    expect(pod).not.to.include("s3cret");
  });

  it("loses nothing to a log router that is late, or that drops what it was sent", async () => {
    const environment = [
      { name: "DELAY", value: "5" },
      { name: "DROP", value: "2" },
    ];
    const definition = await ecs.register("late", [
      routedApp("i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i + 1)); done; sleep 3600 & wait"),
      loggedRouter("late", {
        environment,
        firelensConfiguration: { type: "fluentbit", options: { "enable-ecs-log-metadata": "0" } },
      }),
    ]);
    const arn = await run(definition);
    const lines = await eventually("all lines", async () => {
      const found = await awsLogs<{ events: unknown[] }>(
        "filter-log-events",
        "--log-group-name",
        group,
        "--filter-pattern",
        '"line 1999"',
      ).catch(() => undefined);
      return found !== undefined && found.events.length > 0 && (await routed("late"));
    });
    expect([...new Set(logsOf(lines))]).to.deep.equal(Array.from({ length: 2000 }, (_, index) => `line ${index}`));
    expect(Object.keys(lines[0]!.record).sort()).to.deep.equal(["container_id", "container_name", "log", "source"]);
    await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: arn }));
  });

  it("sends the last words of tasks of a service, each under its own task", async () => {
    const words = "trap 'echo last words; exit 0' TERM; echo begin; sleep 3600 & wait";
    const taskDefinition = await ecs.register("service", [loggedRouter("service"), routedApp(words)]);
    const { cluster, client } = ecs;
    await client.send(new CreateServiceCommand({ cluster, serviceName: "talk", taskDefinition, desiredCount: 2 }));
    await waitUntilServicesStable(patience(client), { cluster, services: ["talk"] });
    const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, serviceName: "talk" }));
    await eventually("their first words", async () => (await routed("service")).length === 2);
    await client.send(new StopTaskCommand({ cluster, task: taskArns[0]! }));
    const last = await eventually("last words", async () =>
      (await routed("service")).find(({ record }) => record["log"] === "last words"),
    );
    expect(last.record["ecs_task_arn"]).to.equal(taskArns[0]);
    expect(last.tag).to.equal(`App_1-firelens-${taskArns[0]!.split("/").at(-1)!}`);
    const tags = new Set((await routed("service")).map(({ tag }) => tag));
    expect(tags).to.include(`App_1-firelens-${taskArns[1]!.split("/").at(-1)!}`);
  });

  it("is refused in ECS's words, through the API and with kubectl", async () => {
    const without =
      "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be configured in one of the containers.";
    await refused(ecs.register("without", [routedApp("true")]), "ClientException", without);
    await refused(
      ecs.register("unused", [loggedRouter("unused")]),
      "ClientException",
      "When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.",
    );
    await refused(
      ecs.register("host", [loggedRouter("host"), routedApp("true")], { networkMode: "host" }),
      "ClientException",
      /FireLens is not supported in networkMode host/,
    );
    const applied = await kubectlRaw(
      ["apply", "-f", "-"],
      JSON.stringify({
        apiVersion: "ecs.kecs.io/v1alpha1",
        kind: "ECSTaskDefinition",
        metadata: { name: `${ecs.cluster}-without` },
        spec: { family: `${ecs.cluster}-without`, containerDefinitions: [routedApp("true")] },
      }),
    );
    expect(applied.code).not.to.equal(0);
    expect(applied.stderr).to.include(without);
  });
});
