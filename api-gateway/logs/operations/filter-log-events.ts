import { invalidParameter } from "#lib/errors.ts";
import type { FoundEvent } from "#logs/log-queries.ts";
import { parseFilterPattern } from "../filter-pattern.ts";
import { assertGroup, groupNameOf } from "../names.ts";
import type { LogsHandler } from "../operation.ts";
import { decodeToken, encodeToken, invalidToken } from "../tokens.ts";

const LIMIT = 10_000;
const PAGE_BYTES = 1024 * 1024;
const EVENT_BYTES = 256 * 1024;
const END = Number.MAX_SAFE_INTEGER;

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
export const filterLogEvents: LogsHandler<"FilterLogEvents"> = async (input, deps) => {
  const { logStreamNames = [], logStreamNamePrefix = "", startTime = 0, endTime = END, limit = LIMIT } = input;
  if (logStreamNames.length > 0 && logStreamNamePrefix !== "") {
    throw invalidParameter("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.");
  }
  if (input.startFromHead === false) {
    throw invalidParameter("KECS does not support startFromHead false in FilterLogEvents.");
  }
  const group = groupNameOf(input);
  const terms = parseFilterPattern(input.filterPattern ?? "");
  const after = afterOf(input.nextToken);
  const events = await deps.queries.search({
    group,
    streams: logStreamNames,
    prefix: logStreamNamePrefix,
    from: startTime,
    until: endTime,
    after,
    terms,
    limit,
  });
  const last = events.at(-1);
  if (last === undefined) await assertGroup(deps, group);
  return {
    events: events.map(({ stream, timestamp, message, ingestionTime, seq }) => ({
      logStreamName: stream,
      timestamp,
      message,
      ingestionTime,
      eventId: eventIdOf(timestamp, seq),
    })),
    // As AWS answers since 2020: all streams of an answer were searched.
    searchedLogStreams: [],
    ...(last !== undefined &&
      mayBeMore(events, limit) && { nextToken: encodeToken(JSON.stringify([last.timestamp, last.seq])) }),
  };
};

/** The page is as long as was asked for, or so big that another event may not have found room. */
function mayBeMore(events: readonly FoundEvent[], limit: number): boolean {
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
  return events.length >= limit || bytes > PAGE_BYTES - EVENT_BYTES;
}

/** 56 digits that sort as the events do. */
function eventIdOf(timestamp: number, seq: number): string {
  return `${String(timestamp).padStart(28, "0")}${String(seq).padStart(28, "0")}`;
}

function afterOf(token: string | undefined): { timestamp: number; seq: number } {
  if (token === undefined) return { timestamp: -1, seq: 0 };
  const [, timestamp, seq] = /^\[(\d{1,16}),(\d{1,16})\]$/.exec(decodeToken(token)) ?? [];
  if (timestamp === undefined || seq === undefined) throw invalidToken();
  return { timestamp: Number(timestamp), seq: Number(seq) };
}
