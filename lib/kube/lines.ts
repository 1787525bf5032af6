import { Pieces } from "./pieces.ts";

const NEWLINE = 10;

/** Cuts chunks of bytes into lines, without their newline. Empty lines and an unfinished last one are left out. */
export class LineSplitter {
  private readonly unfinished = new Pieces("a line");

  /**
   * The lines that end in this chunk, as text.
   * @throws RangeError when a line exceeds 32 MiB.
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.unfinished.finish(chunk.subarray(start, end));
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.unfinished.keep(chunk.subarray(start));
    return lines;
  }
}
