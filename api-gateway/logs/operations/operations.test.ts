import { assert } from "chai";
import { Registry } from "prom-client";
import { EcsError } from "#lib/errors.ts";
import type { LogGroupRecord, LogGroups } from "#logs/log-groups.ts";
import { createLogQueries } from "#logs/log-queries.ts";
import { LogWriter } from "#logs/log-writer.ts";
import { logMetrics } from "#logs/metrics.ts";
import { sweep } from "#logs/retention.ts";
import type { Store } from "#projector/store.ts";
import { Folder, identity } from "#projector/testing/fixtures.ts";
import type { Call } from "../../operation.ts";
import { logsApi } from "../dispatch.ts";
import { logsOperations } from "./index.ts";

/** The records as Kubernetes keeps them, without Kubernetes. */
function groupsInMemory(): LogGroups {
  const records = new Map<string, LogGroupRecord>();
  return {
    list: async () => [...records.values()],
    async update(name, change) {
      const record = change(records.get(name));
      if (record === undefined) records.delete(name);
      else records.set(name, record);
    },
  };
}

const call: Call = { requestId: "1", signal: new AbortController().signal };
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

describe("CloudWatch Logs", () => {
  let folder: Folder;
  let store: Store;
  let writer: LogWriter;
  let send: (operation: string, input?: object) => Promise<Record<string, unknown>>;
  const measured = logMetrics(new Registry(), { held: 0, waiting: 0 }, () => undefined);

  before(async () => {
    folder = new Folder();
    store = await folder.open();
    writer = new LogWriter({ store, metrics: measured, now: () => new Date() });
    const deps = { identity, queries: createLogQueries(store), groups: groupsInMemory(), now: () => new Date(START) };
    const api = logsApi(logsOperations, deps);
    send = async (operation, input = {}) => ({ ...(await api.dispatch(operation, input, call)) });
  });
  after(() => folder.remove());

  /** Stores messages, one a second. */
  async function wrote(group: string, name: string, messages: readonly string[], from = START): Promise<void> {
    const stream = await writer.open(group, name);
    const entries = messages.map((message, index) => ({
      at: new Date(from + index * 1000).toISOString().replace("Z", "000000Z"),
      message,
    }));
    await writer.append(stream, entries, { at: entries.at(-1)?.at ?? "", count: 1 });
    await writer.flush(stream);
  }

  const messagesOf = (answer: Record<string, unknown>): string[] =>
    (answer["events"] as { message: string }[]).map(({ message }) => message);
  const refusal = async (operation: string, input: object): Promise<string> => {
    try {
      await send(operation, input);
    } catch (error) {
      if (error instanceof EcsError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return "answered";
  };

  it("makes a log group once, and describes it", async () => {
    assert.deepEqual(await send("CreateLogGroup", { logGroupName: "/made" }), {});
    assert.equal(
      await refusal("CreateLogGroup", { logGroupName: "/made" }),
      "ResourceAlreadyExistsException: The specified log group already exists",
    );
    await send("PutRetentionPolicy", { logGroupName: "/made", retentionInDays: 7 });
    const arn = "arn:aws:logs:us-east-1:000000000000:log-group:/made";
    assert.deepEqual(await send("DescribeLogGroups", { logGroupNamePrefix: "/ma" }), {
      logGroups: [
        {
          logGroupName: "/made",
          creationTime: START,
          retentionInDays: 7,
          metricFilterCount: 0,
          arn: `${arn}:*`,
          storedBytes: 0,
          logGroupClass: "STANDARD",
          logGroupArn: arn,
        },
      ],
    });
    assert.deepEqual(await send("DescribeLogStreams", { logGroupIdentifier: arn }), { logStreams: [] });
  });

  it("refuses in the words of CloudWatch Logs", async () => {
    const group = "ResourceNotFoundException: The specified log group does not exist.";
    assert.equal(await refusal("DescribeLogStreams", { logGroupName: "none" }), group);
    assert.equal(await refusal("GetLogEvents", { logGroupName: "none", logStreamName: "s" }), group);
    assert.equal(await refusal("FilterLogEvents", { logGroupName: "none" }), group);
    assert.equal(
      await refusal("GetLogEvents", { logGroupName: "/made", logStreamName: "s" }),
      "ResourceNotFoundException: The specified log stream does not exist.",
    );
    assert.match(
      await refusal("FilterLogEvents", { logGroupName: "a b" }),
      /^InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy/,
    );
    assert.match(await refusal("GetLogEvents", { logGroupName: "/made", logStreamName: 1 }), /^SerializationException/);
    assert.match(
      await refusal("GetLogEvents", { logGroupName: "g", logGroupIdentifier: "g", logStreamName: "s" }),
      /^InvalidParameterException: Exactly one of/,
    );
  });

  it("pages a stream to both ends, where the token stays the same", async () => {
    const input = { logGroupName: "/page", logStreamName: "web/app/1", limit: 2 };
    await wrote("/page", "web/app/1", ["0", "1", "2", "3", "4"]);
    const newest = await send("GetLogEvents", input);
    assert.deepEqual(messagesOf(newest), ["3", "4"]);
    const back = await send("GetLogEvents", { ...input, nextToken: newest["nextBackwardToken"] });
    assert.deepEqual(messagesOf(back), ["1", "2"]);
    const again = await send("GetLogEvents", { ...input, nextToken: back["nextForwardToken"] });
    assert.deepEqual(messagesOf(again), ["3", "4"]);
    const end = await send("GetLogEvents", { ...input, nextToken: again["nextForwardToken"] });
    assert.deepEqual([messagesOf(end), end["nextForwardToken"]], [[], again["nextForwardToken"]]);
    await wrote("/page", "web/app/1", ["5"], START + 5000);
    assert.deepEqual(messagesOf(await send("GetLogEvents", { ...input, nextToken: end["nextForwardToken"] })), ["5"]);
    const head = await send("GetLogEvents", { ...input, startFromHead: true });
    const before = await send("GetLogEvents", { ...input, nextToken: head["nextBackwardToken"] });
    assert.deepEqual([messagesOf(before), before["nextBackwardToken"]], [[], head["nextBackwardToken"]]);
    const timed = { ...input, startTime: START + 1000, endTime: START + 3000 };
    assert.deepEqual(messagesOf(await send("GetLogEvents", timed)), ["1", "2"]);
    assert.match(await refusal("GetLogEvents", { ...input, nextToken: "x" }), /nextToken is invalid/);
  });

  it("gives no more than a mebibyte at once", async () => {
    await wrote(
      "/big",
      "s",
      Array.from({ length: 6 }, (_, index) => String(index).repeat(250_000)),
    );
    const input = { logGroupName: "/big", logStreamName: "s", startFromHead: true };
    const first = await send("GetLogEvents", input);
    assert.deepEqual(
      messagesOf(first).map((message) => message[0]),
      ["0", "1", "2", "3"],
    );
    const rest = await send("GetLogEvents", { ...input, nextToken: first["nextForwardToken"] });
    assert.lengthOf(messagesOf(rest), 2);
    const found = await send("FilterLogEvents", { logGroupName: "/big" });
    assert.lengthOf(messagesOf(found), 4);
    const more = await send("FilterLogEvents", { logGroupName: "/big", nextToken: found["nextToken"] });
    assert.lengthOf(messagesOf(more), 2);
    assert.notProperty(more, "nextToken");
  });

  it("searches streams by pattern, time and name, in order of time", async () => {
    await wrote("/find", "a/1", ["GET ok", "GET failed", "PUT ok"]);
    await wrote("/find", "b/1", ["PUT failed", "GET ok", "DELETE failed"], START + 500);
    const find = async (input: object) =>
      messagesOf(await send("FilterLogEvents", { logGroupName: "/find", ...input }));
    assert.deepEqual(await find({ filterPattern: "failed" }), ["PUT failed", "GET failed", "DELETE failed"]);
    assert.deepEqual(await find({ filterPattern: "GET -ok" }), ["GET failed"]);
    assert.deepEqual(await find({ filterPattern: '?DELETE ?"PUT o"' }), ["PUT ok", "DELETE failed"]);
    assert.deepEqual(await find({ logStreamNames: ["a/1"] }), ["GET ok", "GET failed", "PUT ok"]);
    assert.deepEqual(await find({ logStreamNamePrefix: "b/" }), ["PUT failed", "GET ok", "DELETE failed"]);
    assert.deepEqual(await find({ startTime: START + 1000, endTime: START + 1500 }), ["GET failed", "GET ok"]);
    const first = await send("FilterLogEvents", { logGroupName: "/find", limit: 4 });
    const ids = (first["events"] as { eventId: string }[]).map(({ eventId }) => eventId);
    assert.deepEqual(ids, [...new Set(ids)].sort());
    assert.deepEqual(await find({ nextToken: first["nextToken"] }), ["PUT ok", "DELETE failed"]);
  });

  it("lists streams by name or by their last event", async () => {
    const names = async (input: object) =>
      (
        (await send("DescribeLogStreams", { logGroupName: "/find", ...input }))["logStreams"] as {
          logStreamName: string;
        }[]
      ).map(({ logStreamName }) => logStreamName);
    assert.deepEqual(await names({}), ["a/1", "b/1"]);
    assert.deepEqual(await names({ orderBy: "LastEventTime", descending: true }), ["b/1", "a/1"]);
    assert.deepEqual(await names({ logStreamNamePrefix: "b" }), ["b/1"]);
    const { nextToken } = await send("DescribeLogStreams", { logGroupName: "/find", limit: 1 });
    assert.deepEqual(await names({ nextToken }), ["b/1"]);
  });

  it("goes on with a stream where it was written last", async () => {
    await wrote("/on", "s", ["one"]);
    const { position } = await new LogWriter({ store, metrics: measured, now: () => new Date() }).open("/on", "s");
    assert.deepEqual(position, { at: "2026-01-02T03:04:05.000000000Z", count: 1 });
  });

  it("deletes a group, which comes back with its next event", async () => {
    await send("DeleteLogGroup", { logGroupName: "/on" });
    assert.match(await refusal("DeleteLogGroup", { logGroupName: "/on" }), /^ResourceNotFoundException/);
    await wrote("/on", "s", ["two"]);
    assert.deepEqual(messagesOf(await send("FilterLogEvents", { logGroupName: "/on" })), ["two"]);
  });

  it("keeps what is neither too old nor too much", async () => {
    const now = Date.now();
    await wrote("/kept", "s", ["old"], now - 10_000);
    await wrote("/kept", "s", ["new"], now);
    await wrote("/longer", "s", ["old"], now - 10_000);
    const groups = async () => [{ logGroupName: "/longer", creationTime: 0, retentionInDays: 1 }];
    await sweep(store, writer, measured, { seconds: 5, maxBytes: 1_000_000, groups });
    assert.deepEqual(messagesOf(await send("FilterLogEvents", { logGroupName: "/kept" })), ["new"]);
    assert.deepEqual(messagesOf(await send("FilterLogEvents", { logGroupName: "/longer" })), ["old"]);
    await wrote("/kept", "s", ["newest"], now + 1);
    await sweep(store, writer, measured, { seconds: 5, maxBytes: 40, groups });
    assert.deepEqual(messagesOf(await send("FilterLogEvents", { logGroupName: "/kept" })), ["newest"]);
  });
});
