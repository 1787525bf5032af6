import { StringDecoder } from "node:string_decoder";
import { type LogEntry, MAX_EVENT_BYTES } from "./lines.ts";
import type { LogWriter, OpenStream } from "./log-writer.ts";
import type { LogMetrics } from "./metrics.ts";

/** What a terminal showed, kept as a log stream. Never fails its session: what cannot be stored is counted as an error. */
export interface Transcript {
  write(output: Buffer): void;
  /** Resolves when all of it is stored. */
  end(): Promise<void>;
}

/** Opens transcripts in the store of the containers' logs. */
export interface Transcripts {
  open(group: string, stream: string): Transcript;
}

/** @param now the time of the events */
export function createTranscripts(writer: LogWriter, metrics: LogMetrics, now: () => Date): Transcripts {
  return {
    open(group, stream) {
      const lines = new TerminalLines();
      let count = 0;
      let work: Promise<OpenStream | undefined> = writer.open(group, stream).catch(failed);
      const store = (messages: readonly string[]): void => {
        if (messages.length === 0) return;
        const at = now().toISOString().replace("Z", "000000Z");
        const entries = messages.map((message): LogEntry => ({ at, message }));
        count += entries.length;
        const position = { at, count };
        work = work.then(async (opened) => {
          if (opened !== undefined) await writer.append(opened, entries, position);
          return opened;
        });
        work = work.catch(failed);
      };
      return {
        write: (output) => store(lines.push(output)),
        async end() {
          store(lines.end());
          const opened = await work;
          if (opened === undefined) return;
          await writer.flush(opened).catch(failed);
          writer.close(opened);
        },
      };
    },
  };

  function failed(error: unknown): undefined {
    metrics.failed("commit", error);
    return undefined;
  }
}

// ECMA-48: CSI and OSC sequences, those of a charset, and single ones.
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[()][0-9A-Za-z]|[ -/]*[0-~])/g;
/** An escape sequence that may go on in the next piece; no longer ones are waited for. */
// oxlint-disable-next-line no-control-regex
const UNFINISHED = /\u001b(?:[[(][^@-~]{0,64}|\][^\u0007\u001b]{0,256}\u001b?|[ -/]{0,8})?$/;
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
// oxlint-disable-next-line no-control-regex
const BACKSPACE = /[^\u0008]?\u0008/;
/** What UTF-8 takes for a character at most. */
const MAX_CHARACTER_BYTES = 4;

/** Cuts what a terminal is shown into lines of plain text: without colours, and with backspaces done. */
export class TerminalLines {
  readonly #decoder = new StringDecoder("utf8");
  #pending = "";

  /** The lines that are whole with this piece; of a very long one, the part that is full. */
  push(output: Buffer): string[] {
    this.#pending += this.#decoder.write(output);
    const unfinished = UNFINISHED.exec(this.#pending)?.[0] ?? "";
    const shown = this.#pending.slice(0, this.#pending.length - unfinished.length).replaceAll(ESCAPES, "");
    const parts = shown.split("\n");
    const rest = parts.pop() ?? "";
    const full = rest.length * MAX_CHARACTER_BYTES > MAX_EVENT_BYTES;
    this.#pending = (full ? "" : rest) + unfinished;
    return (full ? [...parts, rest] : parts).flatMap(plain);
  }

  /** The last line, which no newline ended. */
  end(): string[] {
    const last = (this.#pending + this.#decoder.end()).replaceAll(ESCAPES, "");
    this.#pending = "";
    return plain(last);
  }
}

/** Nothing of an empty line. Of one that is longer than an event may be, several. */
function plain(line: string): string[] {
  let text = line;
  while (text.includes("\b")) text = text.replace(BACKSPACE, "");
  text = text.replaceAll(CONTROLS, "");
  const size = Math.floor(MAX_EVENT_BYTES / MAX_CHARACTER_BYTES);
  const pieces: string[] = [];
  for (let from = 0; from < text.length; from += size) pieces.push(text.slice(from, from + size));
  return pieces;
}
