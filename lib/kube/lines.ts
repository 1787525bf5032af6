const NEWLINE = 10;
/** An object of Kubernetes is at most a few MiB; more in one line is not a watch. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Cuts chunks of bytes into lines, without their newline. A line over several chunks is put together once, when its
 * end has come, so that big objects cost no more than their size. Empty lines and an unfinished last one are left out.
 */
export class LineSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  /**
   * The lines that end in this chunk, as text.
   * @throws RangeError when a line exceeds 32 MiB.
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.finish(chunk.subarray(start, end));
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.keep(chunk.subarray(start));
    return lines;
  }

  private finish(tail: Buffer): string {
    if (this.pending.length === 0) return tail.toString("utf8");
    this.pending.push(tail);
    const line = Buffer.concat(this.pending).toString("utf8");
    this.pending = [];
    this.pendingBytes = 0;
    return line;
  }

  private keep(rest: Buffer): void {
    this.pendingBytes += rest.length;
    if (this.pendingBytes > MAX_LINE_BYTES) throw new RangeError(`a line of more than ${MAX_LINE_BYTES} bytes`);
    this.pending.push(rest);
  }
}
