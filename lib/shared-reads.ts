interface Line {
  next: Promise<unknown> | undefined;
}

/**
 * Reads of the same thing, one at a time: whoever comes while one runs shares the one after it with all who come
 * meanwhile. So each gets an answer that was begun after it had asked, and a crowd costs two reads instead of one each.
 */
export class SharedReads {
  readonly #lines = new Map<string, Line & { running: Promise<unknown> }>();

  read<T>(what: string, read: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(what);
    if (line === undefined) return this.#start(what, read);
    line.next ??= line.running.then(
      () => this.#start(what, read),
      () => this.#start(what, read),
    );
    return line.next as Promise<T>;
  }

  #start<T>(what: string, read: () => Promise<T>): Promise<T> {
    const running = read();
    const line = { running, next: undefined };
    this.#lines.set(what, line);
    const end = (): void => {
      if (this.#lines.get(what) === line && line.next === undefined) this.#lines.delete(what);
    };
    running.then(end, end);
    return running;
  }
}
