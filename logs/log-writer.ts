import type { DuckDBAppender } from "@duckdb/node-api";
import type { ResultRow } from "#projector/repository.ts";
import type { Session } from "#projector/session.ts";
import type { Store, Transaction } from "#projector/store.ts";
import { type LogEntry, millisecondsOf } from "./lines.ts";
import type { LogMetrics } from "./metrics.ts";
import { BEGINNING, type LogPosition } from "./position.ts";
import type { OpenLog } from "./sink.ts";

export interface LogWriterOptions {
  readonly store: Store;
  readonly metrics: LogMetrics;
  readonly now: () => Date;
}

/** A log stream to write to, and how far it was written. */
export interface OpenStream {
  readonly id: number;
  readonly group: string;
  readonly name: string;
  readonly position: LogPosition;
  /** Counts the failed commits: of an earlier one the stream is no good any more. */
  readonly epoch: number;
}

interface Waiting {
  readonly stream: OpenStream;
  readonly entries: LogEntry[];
  position: LogPosition;
}

/** Commits are so far apart, so that they hold up little of what else is written to the database. */
const COMMIT_EVERY_MS = 200;
/** Bytes that may wait; beyond, whoever brings more waits for the next commit. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** What CloudWatch Logs counts for an event beside its text. */
const EVENT_OVERHEAD = 26;

/**
 * Writes events and how far each log was read in one transaction, so that after a crash both stand at the same point.
 * Events of all streams gather for a moment and are committed together. After a failed commit every stream has to be
 * opened again: what was in it comes from the containers' logs once more.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #waiting = new Map<number, Waiting>();
  #waitingBytes = 0;
  #committing: Promise<void> | undefined;
  #epoch = 0;
  /** The highest numbers given; unknown until read from the database. */
  #last: { stream: number; seq: number } | undefined;
  /** Id of each open stream by its name. */
  readonly #opened = new Map<string, number>();
  /** Streams that are not in the database yet. */
  readonly #unwritten = new Set<number>();

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** Ids of the open streams. */
  get openIds(): readonly number[] {
    return [...this.#opened.values()];
  }

  /** A stream by its name, made where there is none yet. */
  async open(group: string, name: string): Promise<OpenStream> {
    await this.#settled();
    const epoch = this.#epoch;
    const [row] = await this.#options.store.read("log_stream_of", { group, stream: name });
    const { id, position } = row === undefined ? await this.#add(group, name) : found(row);
    const stream = { id, group, name, position, epoch };
    this.#opened.set(keyOf(stream), id);
    if (this.#unwritten.has(id)) await this.append(stream, [], position);
    return stream;
  }

  /** The same for whoever reads a log. */
  async openLog(group: string, name: string): Promise<OpenLog> {
    const stream = await this.open(group, name);
    return {
      position: stream.position,
      append: (entries, position) => this.append(stream, entries, position),
      flush: () => this.flush(stream),
      close: () => this.close(stream),
    };
  }

  /** Nothing more comes for a stream until it is opened again. */
  close(stream: OpenStream): void {
    if (!this.#unwritten.has(stream.id)) this.#opened.delete(keyOf(stream));
  }

  /**
   * Takes events for the next commit; resolves at once unless too many wait.
   * @param position how far the log was read with these events
   * @throws Error when a commit failed since the stream was opened
   */
  async append(stream: OpenStream, entries: readonly LogEntry[], position: LogPosition): Promise<void> {
    this.#check(stream);
    const waiting = this.#waiting.get(stream.id);
    if (waiting === undefined) this.#waiting.set(stream.id, { stream, entries: [...entries], position });
    else {
      for (const entry of entries) waiting.entries.push(entry);
      waiting.position = position;
    }
    for (const { message } of entries) this.#waitingBytes += message.length + EVENT_OVERHEAD;
    this.#committing ??= this.#run();
    if (this.#waitingBytes > MAX_WAITING_BYTES) await this.flush(stream);
  }

  /**
   * Resolves when all that was taken of a stream is committed.
   * @throws Error when a commit failed since the stream was opened
   */
  async flush(stream: OpenStream): Promise<void> {
    await this.#settled();
    this.#check(stream);
  }

  /** What was taken until now is in the commit that is under way, or in the next. */
  async #settled(): Promise<void> {
    await this.#committing;
    await this.#committing;
  }

  #check({ epoch }: OpenStream): void {
    if (epoch !== this.#epoch) throw new Error("A commit of log events failed.");
  }

  async #add(group: string, name: string): Promise<{ id: number; position: LogPosition }> {
    this.#last ??= numbersOf(await this.#options.store.read("log_numbers"));
    const id = this.#opened.get(keyOf({ group, name })) ?? ++this.#last.stream;
    this.#unwritten.add(id);
    return { id, position: BEGINNING };
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, COMMIT_EVERY_MS));
    const batch = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    try {
      await this.#options.store.write((transaction) => this.#write(transaction, batch));
      this.#options.metrics.committed(batch.map(({ entries }) => entries));
    } catch (error) {
      this.#epoch++;
      this.#last = undefined;
      this.#opened.clear();
      this.#unwritten.clear();
      this.#waiting.clear();
      this.#waitingBytes = 0;
      this.#options.metrics.failed("commit", error);
    } finally {
      this.#committing = this.#waiting.size > 0 ? this.#run() : undefined;
    }
  }

  async #write(transaction: Transaction, batch: readonly Waiting[]): Promise<void> {
    const { session } = transaction;
    const now = this.#options.now().getTime();
    this.#last ??= numbersOf(await transaction.run("log_numbers", {}));
    const added = batch.filter(({ stream }) => this.#unwritten.has(stream.id));
    await session.append("log_streams", added, (appender, each) => appendStream(appender, each, now));
    await this.#appendEvents(session, batch, now);
    const advanced = batch.filter((waiting) => !added.includes(waiting));
    const reached = await transaction.run("advance_log_streams", {
      ids: advanced.map(({ stream }) => String(stream.id)),
      resume_at: advanced.map(({ position }) => position.at),
      resume_count: advanced.map(({ position }) => position.count),
      has_events: advanced.map(({ entries }) => String(entries.length > 0)),
    });
    if (reached.length !== advanced.length) throw new Error("Log streams are gone: the database was replaced.");
    for (const { stream } of added) this.#unwritten.delete(stream.id);
  }

  async #appendEvents(session: Session, batch: readonly Waiting[], now: number): Promise<void> {
    const last = this.#last ?? { stream: 0, seq: 0 };
    last.seq = Math.max(last.seq, now * 1000);
    const events = batch.flatMap(({ stream, entries }) => entries.map((entry) => ({ stream, entry })));
    await session.append("log_events", events, (appender, { stream, entry: { at, message } }) => {
      appender.appendBigInt(BigInt(stream.id));
      appender.appendBigInt(BigInt(++last.seq));
      appender.appendBigInt(BigInt(millisecondsOf(at)));
      appender.appendInteger(Buffer.byteLength(message) + EVENT_OVERHEAD);
      appender.appendVarchar(message);
      appender.endRow();
    });
  }
}

function appendStream(appender: DuckDBAppender, { stream, position }: Waiting, now: number): void {
  appender.appendBigInt(BigInt(stream.id));
  appender.appendVarchar(stream.group);
  appender.appendVarchar(stream.name);
  appender.appendBigInt(BigInt(now));
  appender.appendVarchar(position.at);
  appender.appendInteger(position.count);
  appender.appendBoolean(true);
  appender.endRow();
}

function keyOf({ group, name }: Pick<OpenStream, "group" | "name">): string {
  return JSON.stringify([group, name]);
}

function found(row: ResultRow): { id: number; position: LogPosition } {
  const position = { at: String(row["resume_at"]), count: Number(row["resume_count"]) };
  return { id: Number(row["id"]), position };
}

function numbersOf([row]: readonly ResultRow[]): { stream: number; seq: number } {
  return { stream: Number(row?.["last_stream"] ?? 0), seq: Number(row?.["last_seq"] ?? 0) };
}
