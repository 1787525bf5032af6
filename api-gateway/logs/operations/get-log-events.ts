import type { PageQuery, StoredEvent } from "#logs/log-queries.ts";
import type { GetLogEventsRequest } from "#model/generated/logs/types.generated.ts";
import { assertGroup, groupNameOf, notFound } from "../names.ts";
import type { LogsHandler } from "../operation.ts";
import { invalidToken } from "../tokens.ts";

const LIMIT = 10_000;
const END = Number.MAX_SAFE_INTEGER;

type Start = Pick<PageQuery, "direction" | "position">;

/**
 * Tokens say a direction and a place in the stream: at its end the forward token is the one that was given.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
 */
export const getLogEvents: LogsHandler<"GetLogEvents"> = async (input, deps) => {
  const group = groupNameOf(input);
  const stream = await deps.queries.streamId(group, input.logStreamName);
  if (stream === undefined) {
    await assertGroup(deps, group);
    throw notFound("log stream");
  }
  const start = startOf(input);
  const { startTime = 0, endTime = END, limit = LIMIT } = input;
  const events = await deps.queries.page(stream, { ...start, from: startTime, until: endTime, limit });
  const [forward, backward] = positionsOf(start, events);
  return {
    events: events.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${forward}`,
    nextBackwardToken: `b/${backward}`,
  };
};

function startOf({ nextToken, startFromHead = false }: GetLogEventsRequest): Start {
  if (nextToken === undefined) {
    return startFromHead ? { direction: "forward", position: 0 } : { direction: "backward", position: END };
  }
  const [, way, digits] = /^([fb])\/(\d{1,16})$/.exec(nextToken) ?? [];
  if (way === undefined) throw invalidToken();
  return { direction: way === "f" ? "forward" : "backward", position: Number(digits) };
}

/** After the last of these events and before the first; where there are none, both sides of where it began. */
function positionsOf({ direction, position }: Start, events: readonly StoredEvent[]): [number, number] {
  const [first, last] = [events[0]?.seq, events.at(-1)?.seq];
  if (direction === "forward") return [last ?? position, first ?? position + 1];
  // Without any event yet, forward is from the beginning.
  return [last ?? (position === END ? 0 : position - 1), first ?? position];
}
