import { invalidParameter } from "#lib/errors.ts";
import type { StoredStream } from "#logs/log-queries.ts";
import type { LogStream } from "#model/generated/logs/types.generated.ts";
import { assertGroup, groupNameOf, logGroupArn } from "../names.ts";
import type { LogsHandler } from "../operation.ts";
import { pageOf } from "../tokens.ts";

const DEFAULT_LIMIT = 50;

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
export const describeLogStreams: LogsHandler<"DescribeLogStreams"> = async (input, deps) => {
  const { logStreamNamePrefix = "", orderBy = "LogStreamName", descending = false, limit = DEFAULT_LIMIT } = input;
  const byTime = orderBy === "LastEventTime";
  if (byTime && logStreamNamePrefix !== "") {
    throw invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const group = groupNameOf(input);
  const streams = await deps.queries.streams(group, logStreamNamePrefix);
  if (streams.length === 0) await assertGroup(deps, group);
  if (byTime) streams.sort((a, b) => (a.lastTimestamp ?? 0) - (b.lastTimestamp ?? 0));
  if (descending) streams.reverse();
  const { entries, nextToken } = pageOf(streams, ({ name }) => name, limit, input.nextToken);
  const arn = logGroupArn(deps.identity, group);
  return {
    logStreams: entries.map((stream) => describe(stream, arn)),
    ...(nextToken !== undefined && { nextToken }),
  };
};

function describe(stream: StoredStream, groupArn: string): LogStream {
  const { name, createdAt, firstTimestamp, lastTimestamp, lastIngestion } = stream;
  return {
    logStreamName: name,
    creationTime: createdAt,
    ...(firstTimestamp !== undefined && { firstEventTimestamp: firstTimestamp }),
    ...(lastTimestamp !== undefined && { lastEventTimestamp: lastTimestamp }),
    ...(lastIngestion !== undefined && { lastIngestionTime: lastIngestion }),
    arn: `${groupArn}:log-stream:${name}`,
    // As AWS answers since 2019, whatever the stream holds.
    storedBytes: 0,
  };
}
