import { expect } from "chai";
import { awsEcs, awsEcsRaw, awsLogs, awsLogsRaw, boto3 } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

interface Event {
  timestamp: number;
  message: string;
  ingestionTime: number;
}
interface Page {
  events: Event[];
  nextForwardToken: string;
  nextBackwardToken: string;
}
type Found = Event & { logStreamName: string; eventId: string };

/**
 * Fifty lines, then one every half second, until TERM, which has a last word. A second between the two, which are two
 * streams that are read each by itself.
 */
const TALK = `trap 'echo last words; exit 3' TERM
i=0; while [ $i -lt 50 ]; do echo "line $i status=$((i % 2 ? 200 : 500))"; i=$((i + 1)); done
sleep 1 & wait $!; while true; do echo "tick $i" >&2; i=$((i + 1)); sleep 0.5 & wait $!; done`;

describe("awslogs", () => {
  const cluster = uniqueName("logs");
  const group = `/ecs/${cluster}`;

  const register = async (name: string, command: string, options: Record<string, string> = {}): Promise<void> => {
    const containers = [
      {
        name: "App_1",
        image: "busybox",
        memory: 32,
        command: ["sh", "-c", command],
        stopTimeout: 5,
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": group, "awslogs-region": "us-east-1", "awslogs-stream-prefix": name, ...options },
        },
      },
    ];
    const family = `${cluster}-${name}`;
    await awsEcs("register-task-definition", "--family", family, "--container-definitions", JSON.stringify(containers));
  };
  const run = async (name: string): Promise<string> => {
    const { tasks } = await awsEcs<{ tasks: { taskArn: string }[] }>(
      "run-task",
      "--cluster",
      cluster,
      "--task-definition",
      `${cluster}-${name}`,
    );
    return tasks[0]!.taskArn;
  };
  const streamOf = (name: string, taskArn: string): string => `${name}/App_1/${taskArn.split("/").at(-1)!}`;
  const read = (stream: string, ...args: string[]): Promise<Page> =>
    awsLogs<Page>("get-log-events", "--log-group-name", group, "--log-stream-name", stream, ...args);
  const find = async (...args: string[]): Promise<Found[]> =>
    (await awsLogs<{ events: Found[] }>("filter-log-events", "--log-group-name", group, ...args)).events;
  const messagesOf = (events: readonly Event[]): string[] => events.map(({ message }) => message);

  before(async () => {
    await awsEcs("create-cluster", "--cluster-name", cluster);
    await awsLogs("create-log-group", "--log-group-name", group);
  });
  after(async () => {
    await awsEcsRaw("delete-service", "--cluster", cluster, "--service", "talk", "--force");
    await awsEcsRaw("wait", "services-inactive", "--cluster", cluster, "--services", "talk");
    await awsEcsRaw("delete-cluster", "--cluster", cluster);
    await awsLogsRaw("delete-log-group", "--log-group-name", group);
  });

  it("refuses what ECS and CloudWatch Logs refuse, in their words", async () => {
    const again = await awsLogsRaw("create-log-group", "--log-group-name", group);
    expect(again.stderr)
      .to.contain("(ResourceAlreadyExistsException)")
      .and.contain("The specified log group already exists");
    const unknown = await awsLogsRaw("describe-log-streams", "--log-group-name", `${group}-none`);
    expect(unknown.stderr)
      .to.contain("(ResourceNotFoundException)")
      .and.contain("The specified log group does not exist.");
    const json = await awsLogsRaw("filter-log-events", "--log-group-name", group, "--filter-pattern", "{ $.a = 1 }");
    expect(json.stderr).to.contain("(InvalidParameterException)").and.contain("filter patterns of JSON");
    const bare = [{ name: "a", image: "busybox", memory: 32, logConfiguration: { logDriver: "awslogs" } }];
    const refused = await awsEcsRaw(
      "register-task-definition",
      "--family",
      `${cluster}-bare`,
      "--container-definitions",
      JSON.stringify(bare),
    );
    expect(refused.stderr).to.contain("Log driver awslogs requires options: awslogs-region, awslogs-group");
  });

  it("keeps what a task writes, while it runs and after it was stopped", async () => {
    await register("talk", TALK);
    const arn = await run("talk");
    const stream = streamOf("talk", arn);
    await eventually("the task's first lines", async () => (await find("--filter-pattern", "tick")).length > 0);

    const { logStreams } = await awsLogs<{ logStreams: { logStreamName: string; lastEventTimestamp: number }[] }>(
      "describe-log-streams",
      "--log-group-name",
      group,
      "--log-stream-name-prefix",
      "talk/",
    );
    expect(logStreams.map(({ logStreamName }) => logStreamName)).to.deep.equal([stream]);
    expect(Date.now() - logStreams[0]!.lastEventTimestamp).to.be.within(-1000, 60_000);

    const first = await read(stream, "--start-from-head", "--limit", "20");
    expect(first.events).to.have.length(20);
    expect(first.events[3]!.message).to.equal("line 3 status=200");
    const second = await read(stream, "--limit", "20", "--next-token", first.nextForwardToken);
    expect(second.events[0]!.message).to.equal("line 20 status=500");
    const back = await read(stream, "--limit", "20", "--next-token", second.nextBackwardToken);
    expect(back.events).to.deep.equal(first.events);

    const errors = await find("--log-stream-names", stream, "--filter-pattern", '"status=500" -"line 2"');
    expect(messagesOf(errors))
      .to.have.length(19)
      .and.include("line 10 status=500")
      .and.not.include("line 22 status=500");
    expect(await tail(5)).to.satisfy((ticks: number[]) => ticks.length >= 3 && isCounting(ticks));

    await awsEcs("stop-task", "--cluster", cluster, "--task", arn);
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", arn);
    const last = await eventually("the last words", async () => {
      const page = await read(stream, "--limit", "1");
      return page.events[0]?.message === "last words" && page;
    });
    const end = await read(stream, "--next-token", last.nextForwardToken);
    expect(end).to.deep.include({ events: [], nextForwardToken: last.nextForwardToken });
    const lines = messagesOf((await read(stream, "--start-from-head")).events);
    expect(new Set(lines).size).to.equal(lines.length);
    const ticks = lines.filter((line) => line.startsWith("tick ")).map((line) => Number(line.slice(5)));
    expect(lines).to.have.length(50 + ticks.length + 1);
    expect(isCounting(ticks)).to.equal(true);
  });

  it("has all that a task wrote that ended at once, long lines in parts", async () => {
    await register("brief", "echo begin; head -c 600000 /dev/zero | tr '\\\\0' x; echo; printf end");
    const arn = await run("brief");
    await awsEcs("wait", "tasks-stopped", "--cluster", cluster, "--tasks", arn);
    const events = await eventually("the last line", async () => {
      const { events } = await read(streamOf("brief", arn), "--start-from-head");
      return events.at(-1)?.message === "end" && events;
    });
    expect(events.map(({ message }) => message.length)).to.deep.equal([5, 262_118, 262_118, 75_764, 3]);
  });

  it("keeps the last words of tasks of a service, rolled out and stopped", async () => {
    await register("talk", TALK, { mode: "non-blocking" });
    await awsEcs(
      "create-service",
      "--cluster",
      cluster,
      "--service-name",
      "talk",
      "--desired-count",
      "1",
      "--task-definition",
      `${cluster}-talk:1`,
    );
    await awsEcs("wait", "services-stable", "--cluster", cluster, "--services", "talk");
    await awsEcs("update-service", "--cluster", cluster, "--service", "talk", "--task-definition", `${cluster}-talk:2`);
    await awsEcs("wait", "services-stable", "--cluster", cluster, "--services", "talk");
    const { taskArns } = await awsEcs<{ taskArns: string[] }>(
      "list-tasks",
      "--cluster",
      cluster,
      "--service-name",
      "talk",
    );
    await awsEcs("stop-task", "--cluster", cluster, "--task", taskArns[0]!);
    await eventually(
      "last words of three tasks",
      async () => (await find("--filter-pattern", "last words")).length === 3,
    );
  });

  /** `aws logs tail --follow` of the AWS CLI 2: its calls, made with boto3 (pip has no AWS CLI 2). */
  async function tail(seconds: number): Promise<number[]> {
    return boto3<number[]>(`
import boto3, json, time
logs = boto3.client("logs")
seen, ticks, start, until = set(), [], int((time.time() - 1) * 1000), time.time() + ${seconds}
while time.time() < until:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="${group}", startTime=start, interleaved=True, filterPattern="tick", PaginationConfig={"PageSize": 2})
    for event in (event for page in pages for event in page["events"]):
        if event["eventId"] in seen: continue
        seen.add(event["eventId"])
        start = max(start, event["timestamp"])
        ticks.append(int(event["message"].split(" ")[1]))
    time.sleep(1)
print(json.dumps(ticks))
`);
  }
});

function isCounting(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1);
}
