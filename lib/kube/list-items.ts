import { Pieces } from "./pieces.ts";

const QUOTE = 34;
const BACKSLASH = 92;
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125];
/** How deep the items of a list lie: in the list, in its array. */
const IN_ITEMS = 2;

export interface ObjectList<T> {
  items: T[];
  metadata: { resourceVersion: string; continue?: string };
}

/**
 * Cuts a list's JSON, as it comes, into its items and the rest, so that nobody need hold a whole answer, which has
 * hundreds of megabytes for tens of thousands of objects.
 */
export class ItemSplitter {
  private depth = 0;
  private inString = false;
  /** The next chunk's first byte follows a backslash. */
  private escaped = false;
  private inItems = false;
  /** The list without its items. */
  private readonly envelope: Buffer[] = [];
  private readonly unfinished = new Pieces("an item");
  /** Where in the chunk begins what has not been handed out yet. */
  private start = 0;

  /**
   * The items that end in this chunk, as text.
   * @throws RangeError when an item exceeds 32 MiB.
   */
  push(chunk: Buffer): string[] {
    const items: string[] = [];
    this.start = 0;
    for (let at = this.inString ? this.endOfString(chunk, 0) + 1 : 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === QUOTE) at = this.endOfString(chunk, at + 1);
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.open(chunk, at);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.close(chunk, at, items);
    }
    if (!this.inItems) this.envelope.push(chunk.subarray(this.start));
    else if (this.depth > IN_ITEMS) this.unfinished.keep(chunk.subarray(this.start));
    return items;
  }

  /** The JSON of the list without its items, so far. */
  get rest(): string {
    return Buffer.concat(this.envelope).toString("utf8");
  }

  /** Where the string ends of which a part begins at `from`; the chunk's end where it goes on in the next. */
  private endOfString(chunk: Buffer, from: number): number {
    for (let at = chunk.indexOf(QUOTE, from); at >= 0; at = chunk.indexOf(QUOTE, at + 1)) {
      if (this.isEscaped(chunk, from, at)) continue;
      this.inString = this.escaped = false;
      return at;
    }
    this.escaped = this.isEscaped(chunk, from, chunk.length);
    this.inString = true;
    return chunk.length;
  }

  /** Whether an odd number of backslashes stands before a place in a string. */
  private isEscaped(chunk: Buffer, from: number, at: number): boolean {
    let first = at;
    while (first > from && chunk[first - 1] === BACKSLASH) first--;
    const before = first === from && this.escaped ? 1 : 0;
    return (at - first + before) % 2 === 1;
  }

  private open(chunk: Buffer, at: number): void {
    if (this.inItems && this.depth === IN_ITEMS) this.start = at;
    this.depth++;
    if (this.depth !== IN_ITEMS || chunk[at] !== OPEN_BRACKET) return;
    this.envelope.push(chunk.subarray(this.start, at + 1));
    this.start = at + 1;
    this.inItems = /"items"\s*:\s*\[$/.test(this.rest);
  }

  private close(chunk: Buffer, at: number, items: string[]): void {
    this.depth--;
    if (!this.inItems || this.depth > IN_ITEMS) return;
    if (this.depth === IN_ITEMS) items.push(this.unfinished.finish(chunk.subarray(this.start, at + 1)));
    else this.inItems = false;
    this.start = this.inItems ? at + 1 : at;
  }
}

/**
 * Reads a list from the chunks of its JSON.
 * @param kept what is kept of an item, before the next is read
 * @throws SyntaxError when it is no list
 */
export async function readList<T>(chunks: AsyncIterable<Buffer>, kept: (item: T) => T): Promise<ObjectList<T>> {
  const splitter = new ItemSplitter();
  const items: T[] = [];
  for await (const chunk of chunks) {
    for (const text of splitter.push(chunk)) items.push(kept(JSON.parse(text) as T));
  }
  const { metadata } = JSON.parse(splitter.rest) as Partial<Pick<ObjectList<T>, "metadata">>;
  if (metadata === undefined) throw new SyntaxError("a list without metadata");
  return { metadata, items };
}
