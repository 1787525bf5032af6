/** An object of Kubernetes is at most a few MiB; more in one piece is something else. */
const MAX_BYTES = 32 * 1024 * 1024;

/** A text whose bytes come in several chunks: put together once, when its end has come, so that it costs no more than its size. */
export class Pieces {
  private readonly what: string;
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  /** @param what it is, for the error: `a line` */
  constructor(what: string) {
    this.what = what;
  }

  /**
   * Takes a part whose end has not come yet.
   * @throws RangeError beyond 32 MiB
   */
  keep(part: Buffer): void {
    this.pendingBytes += part.length;
    if (this.pendingBytes > MAX_BYTES) throw new RangeError(`${this.what} of more than ${MAX_BYTES} bytes`);
    this.pending.push(part);
  }

  /** The text that ends with `tail`; the next part begins another. */
  finish(tail: Buffer): string {
    if (this.pending.length === 0) return tail.toString("utf8");
    this.pending.push(tail);
    const text = Buffer.concat(this.pending).toString("utf8");
    this.pending = [];
    this.pendingBytes = 0;
    return text;
  }
}
