import type { ParsedUrlQuery } from "node:querystring";
import { Readable } from "node:stream";
import { eventStream, type EventStreamOptions, type PlacedEvent, type StreamItem } from "#projector/event-stream.ts";
import { clusterOfEvent, EVENT_TYPES, type EventType } from "#projector/events.ts";
import { AdminError } from "./admin-error.ts";
import { parameter } from "./input.ts";

/** Streams at a time: each reads the history for itself. */
const MAX_STREAMS = 50;
/** A comment after so long without events that are wanted: both sides, and what is between them, see that it lives. */
const KEEP_ALIVE_MS = 10_000;

export type EventsOptions = Omit<EventStreamOptions, "signal">;

/**
 * `GET /events/stream?types=&cluster=`: events as server-sent events, from after `Last-Event-ID` (a header, or for those who
 * cannot set one the parameter `last-event-id`).
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventsRoute {
  readonly #options: EventsOptions;
  #streams = 0;

  constructor(options: EventsOptions) {
    this.#options = options;
  }

  /** The stream of an answer. @throws AdminError for parameters that mean nothing, or with too many streams. */
  open(query: ParsedUrlQuery, lastEventId: string | undefined, signal: AbortSignal): Readable {
    const items = this.items(query, lastEventId, signal);
    return Readable.from(textOf(items), { objectMode: false, encoding: "utf8", highWaterMark: 65_536 });
  }

  /** What a reader gets, and a sign of life (`idle`) now and then. @throws AdminError like {@link open} */
  items(query: ParsedUrlQuery, lastEventId: string | undefined, signal: AbortSignal): AsyncGenerator<StreamItem> {
    const types = typesOf(query);
    const cluster = parameter(query, "cluster");
    const lastId = lastEventId ?? parameter(query, "last-event-id");
    if (this.#streams >= MAX_STREAMS) throw new AdminError(429, `${MAX_STREAMS} streams are open already.`);
    const wanted = (event: PlacedEvent): boolean =>
      (types === undefined || types.has(event.type)) && (cluster === undefined || clusterOfEvent(event) === cluster);
    this.#streams++;
    signal.addEventListener("abort", () => this.#streams--, { once: true });
    return wantedOf(eventStream({ ...this.#options, signal }, lastId), wanted);
  }
}

async function* wantedOf(
  items: AsyncGenerator<StreamItem>,
  wanted: (event: PlacedEvent) => boolean,
): AsyncGenerator<StreamItem> {
  let gaveAt = performance.now();
  for await (const item of items) {
    const due = performance.now() - gaveAt > KEEP_ALIVE_MS;
    if (typeof item === "object" ? wanted(item) : item === "reset") yield item;
    else if (due) yield "idle";
    else continue;
    gaveAt = performance.now();
  }
}

async function* textOf(items: AsyncGenerator<StreamItem>): AsyncGenerator<string> {
  yield "retry: 1000\n\n";
  for await (const item of items) {
    if (item === "idle") yield ": still here\n\n";
    else if (item === "reset") yield `event: reset\ndata: ${JSON.stringify({ message: RESET })}\n\n`;
    else yield `id: ${item.id}\nevent: ${item.type}\ndata: ${JSON.stringify(item)}\n\n`;
  }
}

/** What a reader is told whose history is gone. */
export const RESET = "The history began anew; what is sent now begins with its first change.";

function typesOf(query: ParsedUrlQuery): ReadonlySet<EventType> | undefined {
  const names = parameter(query, "types")?.split(",");
  const unknown = names?.find((name) => !EVENT_TYPES.some((type) => type === name));
  if (unknown !== undefined) {
    throw new AdminError(
      400,
      `There is no event type "${unknown.slice(0, 100)}". They are: ${EVENT_TYPES.join(", ")}.`,
    );
  }
  return names === undefined ? undefined : new Set(names as EventType[]);
}
