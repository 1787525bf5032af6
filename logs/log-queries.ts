import type { Reader, ResultRow, Runner, Transactor } from "#projector/repository.ts";

/** A stored event; `seq` orders events by arrival and is unique. */
export interface StoredEvent {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

export interface FoundEvent extends StoredEvent {
  readonly stream: string;
}

export interface StoredGroup {
  readonly name: string;
  readonly createdAt: number;
  readonly storedBytes: number;
}

/** The last three are absent while it has no events. */
export interface StoredStream {
  readonly name: string;
  readonly createdAt: number;
  readonly firstTimestamp?: number;
  readonly lastTimestamp?: number;
  readonly lastIngestion?: number;
}

/** Times are milliseconds since 1970. */
interface Range {
  readonly from: number;
  readonly limit: number;
}

export interface PageQuery extends Range {
  readonly direction: "forward" | "backward";
  /** Events on that side of it. */
  readonly position: number;
  /** Exclusive. */
  readonly until: number;
}

export interface SearchQuery extends Range {
  readonly group: string;
  /** Empty: all. */
  readonly streams: readonly string[];
  readonly prefix: string;
  /** Inclusive. */
  readonly until: number;
  /** What comes after this event. */
  readonly after: { readonly timestamp: number; readonly seq: number };
  /** What the message has to contain: all of these, one of those (where there are any), none of the last. */
  readonly terms: {
    readonly all: readonly string[];
    readonly any: readonly string[];
    readonly none: readonly string[];
  };
}

/** What is asked of the stored logs. */
export interface LogQueries {
  groups(): Promise<StoredGroup[]>;
  /** By name. */
  streams(group: string, prefix: string): Promise<StoredStream[]>;
  /** Number of a stream; undefined where there is none. */
  streamId(group: string, stream: string): Promise<number | undefined>;
  /** A page of a stream, in order of arrival whatever the direction; at most a mebibyte. */
  page(streamId: number, query: PageQuery): Promise<StoredEvent[]>;
  /** In order of time; at most a mebibyte. */
  search(query: SearchQuery): Promise<FoundEvent[]>;
  /** Forgets all events of a group, and the group until new ones come. */
  deleteGroup(group: string): Promise<void>;
}

const count = (value: unknown): number => Number(value ?? 0);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function createLogQueries(store: Reader & Transactor<Runner>): LogQueries {
  return {
    async groups() {
      const rows = await store.read("log_groups");
      return rows.map((row) => ({
        name: text(row["group_name"]),
        createdAt: count(row["created_at"]),
        storedBytes: count(row["stored_bytes"]),
      }));
    },
    async streams(group, prefix) {
      return (await store.read("log_streams_of_group", { group, prefix })).map(streamOf);
    },
    async streamId(group, stream) {
      const [row] = await store.read("log_stream_of", { group, stream });
      return row === undefined ? undefined : count(row["id"]);
    },
    async page(streamId, { direction, position, from, until, limit }) {
      const rows = await store.read(`log_events_${direction}`, {
        stream: String(streamId),
        position: String(position),
        from: String(from),
        until: String(until),
        limit,
      });
      const events = rows.map(eventOf);
      return direction === "forward" ? events : events.reverse();
    },
    async search({ group, streams, prefix, from, until, after, terms, limit }) {
      const rows = await store.read("log_events_matching", {
        group,
        names: streams,
        prefix,
        from: String(from),
        until: String(until),
        after_ts: String(after.timestamp),
        after_seq: String(after.seq),
        ...terms,
        limit,
      });
      return rows.map((row) => ({ ...eventOf(row), stream: text(row["stream_name"]) }));
    },
    deleteGroup: (group) =>
      store.write(async (transaction) => {
        await transaction.run("delete_log_events_of_group", { group });
        await transaction.run("hide_log_group", { group });
      }),
  };
}

function streamOf(row: ResultRow): StoredStream {
  const stream = { name: text(row["stream_name"]), createdAt: count(row["created_at"]) };
  if (row["last_seq"] === null) return stream;
  return {
    ...stream,
    firstTimestamp: count(row["first_ts"]),
    lastTimestamp: count(row["last_ts"]),
    lastIngestion: Math.floor(count(row["last_seq"]) / 1000),
  };
}

function eventOf(row: ResultRow): StoredEvent {
  const seq = count(row["seq"]);
  return {
    seq,
    timestamp: count(row["ts"]),
    ingestionTime: Math.floor(seq / 1000),
    message: text(row["message"]),
  };
}
