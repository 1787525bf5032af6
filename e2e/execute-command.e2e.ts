import {
  CreateServiceCommand,
  DescribeTasksCommand,
  type ExecuteCommandConfiguration,
  ExecuteCommandCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateClusterCommand,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { WebSocket } from "ws";
import { ecsFixture, type EcsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl } from "./support/kubectl.ts";
import { awsEcsInTerminal, awsLogsRaw, type TerminalStep } from "./support/python-clients.ts";
import { installSessionManagerPlugin } from "./support/session-manager-plugin.ts";
import { eventually } from "./support/wait.ts";

const NOT_ENABLED = /^The execute command failed because execute command was not enabled/;
const CTRL_C = "\u0003";
const SIGKILL = 9;

describe("ExecuteCommand", () => {
  let ecs: EcsFixture;
  let plugin: string;
  /** Of a service, with containers `main` and `side`. */
  let task: string;
  /** Without enableExecuteCommand. */
  let closedTask: string;
  /** Of `side`; `main` has none. */
  let logGroup: string;

  before(async function () {
    this.timeout(600_000);
    plugin = await installSessionManagerPlugin();
    ecs = await ecsFixture("exec");
    const { cluster, client } = ecs;
    const taskRoleArn = "arn:aws:iam::000000000000:role/exec";
    logGroup = `/ecs/${cluster}`;
    const options = { "awslogs-group": logGroup, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "exec" };
    const logConfiguration = { logDriver: "awslogs" as const, options };
    const side = shell(SLEEP, { name: "side", essential: false, logConfiguration });
    const taskDefinition = await ecs.register("two", [shell(SLEEP), side], { taskRoleArn });
    const service = { cluster, serviceName: "exec", taskDefinition, desiredCount: 1, enableExecuteCommand: true };
    await client.send(new CreateServiceCommand(service));
    const { tasks } = await client.send(new RunTaskCommand({ cluster, taskDefinition }));
    closedTask = tasks![0]!.taskArn!;
    await waitUntilServicesStable(patience(client), { cluster, services: ["exec"] });
    await waitUntilTasksRunning(patience(client), { cluster, tasks: [closedTask] });
    const { taskArns } = await client.send(new ListTasksCommand({ cluster, serviceName: "exec" }));
    task = taskArns![0]!;
  });
  after(() => ecs?.dispose());

  const inTerminal = (command: string, steps: readonly TerminalStep[] = [], container = "main") =>
    awsEcsInTerminal(
      ["execute-command", "--cluster", ecs.cluster, "--task", task, "--container", container, "--interactive"].concat([
        "--command",
        command,
      ]),
      steps,
      plugin,
    );

  const execute = (more: object = {}) =>
    ecs.client.send(
      new ExecuteCommandCommand({
        cluster: ecs.cluster,
        task,
        container: "main",
        command: "echo done",
        interactive: true,
        ...more,
      }),
    );

  /** What runs in the container `main`. */
  async function processes(): Promise<string> {
    const { tasks } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [task] }));
    const namespace = `ecs-${ecs.cluster}`;
    const label = `kecs.io/service=exec`;
    expect(tasks?.[0]?.lastStatus).to.equal("RUNNING");
    const pod = await kubectl("-n", namespace, "get", "pod", "-l", label, "-o", "name");
    return kubectl("-n", namespace, "exec", pod.trim(), "-c", "main", "--", "ps");
  }

  it("is announced by the tasks that have it", async () => {
    const tasks = [task, closedTask];
    const { tasks: found = [] } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks }));
    const [open, closed] = tasks.map((arn) => found.find(({ taskArn }) => taskArn === arn)!);
    expect(open!.enableExecuteCommand).to.equal(true);
    for (const { managedAgents, lastStatus } of open!.containers!) {
      expect(managedAgents).to.have.length(1);
      expect(managedAgents![0]).to.include({ name: "ExecuteCommandAgent", lastStatus });
      expect(managedAgents![0]!.lastStartedAt).to.be.instanceOf(Date);
    }
    expect(closed!.enableExecuteCommand).to.equal(false);
    expect(closed!.containers!.some((container) => "managedAgents" in container)).to.equal(false);
  });

  it("runs a command with the AWS CLI, says how it ended, and brings all of a long output", async () => {
    const short = await inTerminal(`sh -c "echo sum $((40+2)); exit 3"`);
    expect(short.output)
      .to.match(/^sum 42\s/m)
      .and.to.contain("The command ended with exit code 3");
    expect(short.code).to.equal(0); // as on AWS: the plugin has no exit code to give
    const long = await inTerminal("seq 1 10000");
    const numbers = long.output.split(/[\r\n]+/).filter((line) => /^\d+$/.test(line));
    expect(numbers).to.have.length(10_000);
    expect(numbers.every((line, index) => Number(line) === index + 1)).to.equal(true);
    expect(long.output).to.match(/Exiting session with sessionId: ecs-execute-command-[0-9a-f]{17}\./);
    const unknown = await inTerminal("/no/such/program");
    expect(unknown.output).to.contain("no such file or directory");
  });

  it("is a terminal: typing, size, interrupts, the end", async () => {
    const { output } = await inTerminal("/bin/sh", [
      { expect: "# ", type: "echo a$((6*7))b; tty\n" },
      { expect: "a42b\\s+/dev/pts/" },
      { expect: "# ", type: "stty size\n" },
      { expect: "24 80" },
      { size: [100, 30], sleep: 1.5, type: "stty size\n" }, // the plugin looks twice a second
      { expect: "30 100" },
      { expect: "# ", type: "sleep 1000\n" },
      { expect: "sleep 1000", sleep: 0.5, type: CTRL_C },
      { expect: "\\^C\\s+/ # ", sleep: 0.5, type: "printf 'ü%sß' 1\n" }, // a shell drops what is typed before its prompt
      { expect: "ü1ß[^#]*# ", sleep: 0.5, type: "exit 5\n" },
      { expect: "exit code 5" },
    ]);
    expect(output).to.contain("Starting session with SessionId");
  });

  it("is recorded where the cluster's configuration says", async () => {
    const configure = (executeCommandConfiguration: ExecuteCommandConfiguration) =>
      ecs.client.send(
        new UpdateClusterCommand({ cluster: ecs.cluster, configuration: { executeCommandConfiguration } }),
      );
    const session = async (container: string): Promise<string> => {
      const steps = [
        { expect: "# ", type: "echo a$((6*7))c\bb\n" },
        { expect: "a42b", sleep: 0.5, type: "exit\n" },
      ];
      const { output } = await inTerminal("/bin/sh", steps, container);
      return /ecs-execute-command-[0-9a-f]{17}/.exec(output)![0];
    };
    const recorded = async (logGroupName: string, stream: string): Promise<string[] | undefined> => {
      const read = await awsLogsRaw(
        "get-log-events",
        "--log-group-name",
        logGroupName,
        "--log-stream-name",
        stream,
        "--start-from-head",
        "--output",
        "json",
      );
      if (read.code !== 0) return undefined;
      return (JSON.parse(read.stdout) as { events: { message: string }[] }).events.map(({ message }) => message);
    };

    const own = `${logGroup}/sessions`;
    const [byDefault, unlogged] = [await session("side"), await session("main")];
    await configure({ logging: "OVERRIDE", logConfiguration: { cloudWatchLogGroupName: own } });
    const overridden = await session("main");
    await configure({ logging: "NONE" });
    const silent = await session("side");
    for (const [group, stream] of [
      [logGroup, byDefault],
      [own, overridden],
    ] as const) {
      const lines = await eventually(`${stream} is recorded in ${group}`, () => recorded(group, stream));
      expect(lines.join("\n")).to.match(/\/ # echo a\$\(\(6\*7\)\)b\na42b\n\/ # exit$/);
    }
    for (const group of [logGroup, own]) {
      for (const stream of [unlogged, silent]) expect(await recorded(group, stream), stream).to.equal(undefined);
    }

    const logConfiguration = { cloudWatchLogGroupName: own, s3BucketName: "bucket" };
    await refused(configure({ logging: "OVERRIDE", logConfiguration }), "UnsupportedFeatureException", /s3BucketName/);
    await refused(configure({ kmsKeyId: "key" }), "UnsupportedFeatureException", /kmsKeyId/);
    await refused(configure({ logging: "OVERRIDE" }), "InvalidParameterException", /logConfiguration/);
    for (const group of [logGroup, own]) await awsLogsRaw("delete-log-group", "--log-group-name", group);
  });

  it("ends what runs when its user's connection breaks", async () => {
    await inTerminal("/bin/sh", [
      { expect: "# ", type: "sleep 4711\n" },
      { sleep: 0.5, kill: SIGKILL },
    ]);
    await eventually("neither command nor shell runs", async () => {
      const running = await processes();
      return !running.includes("4711") && !running.includes("/bin/sh");
    });
  });

  it("opens each session once, with its own token only, for programs only", async () => {
    const { session, ...about } = await execute();
    expect(about).to.deep.include({
      clusterArn: `arn:aws:ecs:us-east-1:000000000000:cluster/${ecs.cluster}`,
      taskArn: task,
      containerName: "main",
      interactive: true,
    });
    expect(about.containerArn).to.match(/:container\//);
    const other = (await execute()).session!;
    const { streamUrl = "", tokenValue = "" } = session!;
    expect(await open(streamUrl, other.tokenValue!)).to.equal("closed 1008");
    expect(await open(streamUrl.replace(/[0-9a-f]{17}/, "0".repeat(17)), tokenValue)).to.equal("closed 1008");
    expect(await open(streamUrl, tokenValue, { origin: "http://example.com" })).to.equal("HTTP 403");
    expect(await open(streamUrl.replace("/v1/data-channel/", "/v1/"), tokenValue)).to.equal("HTTP 404");
    expect(await open(streamUrl, tokenValue)).to.equal("output_stream_data");
    expect(await open(streamUrl, tokenValue)).to.equal("closed 1008");
  });

  it("refuses what cannot be executed, in ECS's words", async () => {
    const invalid = (more: object, message: RegExp | string) =>
      refused(execute(more), "InvalidParameterException", message);
    await refused(execute({ cluster: "none" }), "ClusterNotFoundException", "Cluster not found.");
    await invalid({ interactive: false }, "Interactive is the only mode supported currently.");
    await invalid({ task: "0".repeat(32) }, "The referenced task was not found.");
    await invalid({ container: undefined }, /^Container name must be specified/);
    await invalid({ container: "none" }, /container was not found/);
    await invalid({ command: " " }, /command/);
    await invalid({ command: "sh -c 'echo" }, /closing quote/);
    await invalid({ task: closedTask }, NOT_ENABLED);
    await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task: closedTask }));
    await waitUntilTasksStopped(patience(ecs.client), { cluster: ecs.cluster, tasks: [closedTask] });
    await invalid({ task: closedTask }, NOT_ENABLED);
  });

  it("ends with its task", async () => {
    const session = inTerminal("/bin/sh", [{ expect: "# " }]);
    await eventually("the shell runs", async () => (await processes()).includes("/bin/sh"));
    await ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task }));
    expect((await session).output).to.match(/SessionId: ecs-execute-command-[0-9a-f]{17} : .*(137|broke)/);
  });
});

/** Opens a data channel: the type of the first message, how it was closed, or the answer to the request. */
function open(url: string, token: string, options: { origin?: string } = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, options);
    socket.once("open", () => socket.send(JSON.stringify({ MessageSchemaVersion: "1.0", TokenValue: token })));
    socket.once("message", (frame: Buffer) => {
      resolve(frame.toString("utf8", 4, 36).trim());
      socket.terminate();
    });
    socket.once("close", (code) => resolve(`closed ${code}`));
    socket.once("unexpected-response", (_, { statusCode }) => resolve(`HTTP ${statusCode}`));
    socket.once("error", reject);
  });
}
