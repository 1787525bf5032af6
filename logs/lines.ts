/** What one event may hold: CloudWatch Logs takes 256 KiB and counts 26 bytes for each event itself. */
export const MAX_EVENT_BYTES = 256 * 1024 - 26;

/** One event: a line of a container's output, or a part of a long one. */
export interface LogEntry {
  /** RFC 3339 with nine digits of a second, UTC: as text it sorts as time does. */
  readonly at: string;
  readonly message: string;
}

const NEWLINE = 10;
const SPACE = 32;
/** Longer than any timestamp: what has no space before is no line of the Kubernetes API with timestamps. */
const TIMESTAMP_MAX = 64;

/**
 * Cuts a container's log, as the Kubernetes API gives it with timestamps, into events. A long line becomes several
 * events, cut at whole characters, as soon as each is full: no more than one event is kept here. Empty lines are
 * left out. The same bytes always give the same events.
 */
export class LogLines {
  #pending: Buffer = Buffer.alloc(0);
  /** Timestamp of the line whose beginning was already cut off. */
  #at: string | undefined;

  /** The events that are whole with this chunk. */
  push(chunk: Buffer): LogEntry[] {
    const entries: LogEntry[] = [];
    let data = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
      this.#line(data.subarray(0, end), entries);
      this.#at = undefined;
      data = data.subarray(end + 1);
    }
    if (this.#at === undefined && data.length > TIMESTAMP_MAX + MAX_EVENT_BYTES) data = this.#begin(data);
    this.#pending = Buffer.from(this.#cut(data, entries));
    return entries;
  }

  /** The last line, which ended without a newline. */
  end(): LogEntry[] {
    const entries: LogEntry[] = [];
    this.#line(this.#pending, entries);
    this.#pending = Buffer.alloc(0);
    this.#at = undefined;
    return entries;
  }

  #line(line: Buffer, entries: LogEntry[]): void {
    const text = this.#cut(this.#at === undefined ? this.#begin(line) : line, entries);
    if (this.#at !== undefined && text.length > 0) entries.push({ at: this.#at, message: text.toString("utf8") });
  }

  /** Takes full events out of a line; gives back what is left. */
  #cut(text: Buffer, entries: LogEntry[]): Buffer {
    let rest = text;
    while (this.#at !== undefined && rest.length > MAX_EVENT_BYTES) {
      const end = characterStart(rest, MAX_EVENT_BYTES);
      entries.push({ at: this.#at, message: rest.subarray(0, end).toString("utf8") });
      rest = rest.subarray(end);
    }
    return rest;
  }

  /** Reads the timestamp at the beginning of a line; what follows it. A line without one is not Kubernetes' own: none. */
  #begin(line: Buffer): Buffer {
    const space = line.subarray(0, TIMESTAMP_MAX).indexOf(SPACE);
    const text = line.subarray(0, Math.max(space, 0)).toString("latin1");
    this.#at = nanosecondTime(text);
    return this.#at === undefined ? Buffer.alloc(0) : line.subarray(space + 1);
  }
}

/** `2026-01-02T03:04:05.6Z` → `2026-01-02T03:04:05.600000000Z`; undefined for anything else. */
export function nanosecondTime(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, second = "", fraction = "", zone = "Z"] = match;
  const utc = zone === "Z" ? second : new Date(`${second}${zone}`).toISOString().slice(0, 19);
  return `${utc}.${fraction.padEnd(9, "0")}Z`;
}

/** Milliseconds since 1970 of such a time. */
export function millisecondsOf(at: string): number {
  return Date.parse(`${at.slice(0, 23)}Z`);
}

/** The last index up to `index` at which a character of UTF-8 begins. */
function characterStart(data: Buffer, index: number): number {
  let start = index;
  while (start > index - 4 && ((data[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}
