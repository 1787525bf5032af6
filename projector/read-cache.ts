import { LRUCache } from "lru-cache";
import { SharedReads } from "#lib/shared-reads.ts";
import { counter, gauge, measured, type Metrics } from "#lib/metrics.ts";
import { ListIndex } from "./list-index.ts";
import type { Reader } from "./repository.ts";

export interface ReadCacheOptions {
  readonly metrics: Metrics;
  /** Bytes of JSON text (about) that are kept; beyond, what was not read for longest goes. */
  readonly maxBytes: number;
  /** Seconds after which an entry is read anew from the database, though no change was seen. */
  readonly ttlSeconds: number;
}

/** What is cached: one object, or what was answered about a group of them. */
export type CacheGroup = "object" | "answer" | "list";

interface Entry {
  readonly value: unknown;
  readonly bytes: number;
}

/** Reads of a key that began since its last invalidation. */
interface Reading {
  readers: number;
  readonly answers: Map<string, Promise<unknown>>;
}

/**
 * A write-through cache of the database. A commit takes away what it will change before it takes effect, and puts the
 * new state in after; between the two, reads of those keys go to the database and leave nothing behind. So a read never
 * shows less than the last commit, nor less than an earlier read.
 */
export class ReadCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #reading = new Map<string, Reading>();
  readonly #committing = new Set<string>();
  readonly #reads;
  /** Answers that are asked for while a commit takes effect. */
  readonly #uncached = new SharedReads();
  /** Lists as the last commit that has finished left them. */
  readonly lists: { readonly tasks: ListIndex; readonly services: ListIndex };
  /** While a commit takes effect: resolved when it has. */
  #finished: PromiseWithResolvers<void> | undefined;
  /** What the commit that takes effect does may have been seen in the database. */
  #seen = false;

  constructor({ metrics, maxBytes, ttlSeconds }: ReadCacheOptions) {
    const maxMembers = Math.ceil((maxBytes * LISTS_SHARE) / MEMBER_BYTES);
    this.lists = { tasks: new ListIndex(maxMembers), services: new ListIndex(maxMembers) };
    this.#entries = new LRUCache({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ bytes }) => bytes + ENTRY_BYTES,
      ttl: Math.max(1, ttlSeconds * 1000),
    });
    this.#reads = counter(metrics, {
      name: "kecs_cache_reads_total",
      help: "Reads that the cache was asked for, by what they are about and whether it had the answer",
      labelNames: ["group", "result"],
    });
    for (const group of ["object", "answer", "list"]) {
      for (const result of ["hit", "miss"]) this.#reads.inc({ group, result }, 0);
    }
    const listed = gauge(metrics, {
      name: "kecs_cache_list_members",
      help: "Resources in the lists that are kept in memory",
      labelNames: ["table"],
    });
    Object.assign(listed, {
      collect: () => {
        for (const [table, { size }] of Object.entries(this.lists)) listed.set({ table }, size);
      },
    });
    measured(
      metrics,
      { name: "kecs_cache_entries", help: "Entries in the cache of the database" },
      () => this.#entries.size,
    );
    measured(
      metrics,
      { name: "kecs_cache_bytes", help: "Bytes of JSON text in the cache, about" },
      () => this.#entries.calculatedSize,
    );
  }

  /** Several objects by key: from the cache, and those that it has not from one call of `read`. */
  async objects<T>(keys: readonly string[], read: (missing: readonly string[]) => Promise<Map<string, Sized<T>>>) {
    const found = new Map<string, T>();
    const missing: string[] = [];
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry === undefined) missing.push(key);
      else found.set(key, entry.value as T);
    }
    this.#count("object", "hit", keys.length - missing.length);
    this.#count("object", "miss", missing.length);
    if (missing.length === 0) return found;
    const readings = missing.map((key) => [key, this.#begin(key)] as const);
    try {
      for (const [key, sized] of await read(missing)) {
        found.set(key, sized.value);
        const reading = readings.find(([of]) => of === key)?.[1];
        if (this.#mayKeep(key, reading)) this.#entries.set(key, sized);
      }
    } finally {
      for (const [key, reading] of readings) this.#end(key, reading);
    }
    return found;
  }

  /** An answer about a group (`key`), told from others about it by `question`; readers who ask at once share one read. */
  async answer<T>(key: string, question: string, read: () => Promise<T>, bytesOf: (value: T) => number): Promise<T> {
    const kept = this.#entries.get(key)?.value as Map<string, T> | undefined;
    const hit = kept?.get(question);
    this.#count("answer", hit === undefined ? "miss" : "hit", 1);
    if (hit !== undefined) return hit;
    const reading = this.#begin(key);
    try {
      if (reading === undefined) return await this.#uncached.read(`${key} ${question}`, read);
      const begun = reading.answers.get(question) ?? read();
      reading.answers.set(question, begun);
      const value = (await begun) as T;
      if (this.#mayKeep(key, reading)) this.#keep(key, question, value, bytesOf(value));
      return value;
    } finally {
      reading?.answers.delete(question);
      this.#end(key, reading);
    }
  }

  /**
   * A page of a list in memory, else what `read` says. While a commit takes effect the list is still the one before it:
   * that is answered unless somebody may have seen more than that already, in which case the commit is waited for.
   * @param page undefined where the list is not in memory
   */
  async list(page: () => string[] | undefined, read: () => Promise<string[]>): Promise<string[]> {
    if (this.#seen && this.#finished !== undefined && !(await this.#finish(this.#finished.promise))) return read();
    const kept = page();
    this.#count("list", kept === undefined ? "miss" : "hit", 1);
    return kept ?? read();
  }

  /** True where the database need not be asked for a task: it is in no list, and no commit that may change that takes effect. */
  lacksTask(cluster: string, id: string): boolean {
    return this.#finished === undefined && this.lists.tasks.has(cluster, id) === false;
  }

  /** The store, for queries beside the cache: lists then never show less than what was read through it. */
  watch(store: Reader): Reader {
    return {
      read: async (name, parameters) => {
        const rows = await store.read(name, parameters);
        if (this.#finished !== undefined) this.#seen = true;
        return rows;
      },
    };
  }

  /** What is cached under a key; asking does not count as a use. */
  peek(key: string): unknown {
    return this.#entries.peek(key)?.value;
  }

  /** A commit that changes these keys is about to take effect. One commit at a time. */
  begin(keys: Iterable<string>): void {
    this.#finished = Promise.withResolvers();
    for (const key of keys) {
      this.#committing.add(key);
      this.#drop(key);
    }
  }

  /** The commit took effect: these objects are as it left them. */
  finish(objects: ReadonlyMap<string, Sized<unknown>>): void {
    for (const key of this.#committing) this.#drop(key);
    this.#committing.clear();
    for (const [key, sized] of objects) this.#entries.set(key, sized);
    this.#endCommit();
  }

  /** Forgets everything; reads that have begun leave nothing behind. */
  clear(): void {
    this.#entries.clear();
    this.#reading.clear();
    this.#committing.clear();
    for (const lists of Object.values(this.lists)) lists.clear();
    this.#endCommit();
  }

  #endCommit(): void {
    this.#seen = false;
    this.#finished?.resolve();
    this.#finished = undefined;
  }

  /** False where it takes too long. */
  async #finish(finished: Promise<void>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), COMMIT_WAIT_MS);
    });
    const inTime = await Promise.race([finished.then(() => true), late]);
    clearTimeout(timer);
    return inTime;
  }

  #drop(key: string): void {
    this.#entries.delete(key);
    this.#reading.delete(key);
  }

  #begin(key: string): Reading | undefined {
    if (this.#committing.has(key)) return undefined;
    const reading = this.#reading.get(key) ?? { readers: 0, answers: new Map() };
    reading.readers++;
    this.#reading.set(key, reading);
    return reading;
  }

  #end(key: string, reading: Reading | undefined): void {
    if (reading === undefined) return;
    reading.readers--;
    if (reading.readers === 0 && this.#reading.get(key) === reading) this.#reading.delete(key);
  }

  #mayKeep(key: string, reading: Reading | undefined): boolean {
    return reading !== undefined && this.#reading.get(key) === reading;
  }

  #keep(key: string, question: string, value: unknown, bytes: number): void {
    const entry = this.#entries.peek(key);
    const answers = entry?.value as Map<string, unknown> | undefined;
    if (answers === undefined || entry === undefined || answers.size >= MAX_ANSWERS) {
      this.#entries.set(key, { value: new Map([[question, value]]), bytes });
    } else if (!answers.has(question)) {
      answers.set(question, value);
      this.#entries.set(key, { value: answers, bytes: entry.bytes + bytes });
    }
  }

  #count(group: CacheGroup, result: "hit" | "miss", count: number): void {
    if (count > 0) this.#reads.inc({ group, result }, count);
  }
}

/** A value to keep, and about how many bytes it takes. */
export interface Sized<T> {
  readonly value: T;
  readonly bytes: number;
}

/** What an entry takes beside its text. */
const ENTRY_BYTES = 256;
/** Of the cache's size, what lists may take beside it. */
const LISTS_SHARE = 0.25;
/** What a member of a list takes, about. */
const MEMBER_BYTES = 250;
/** Longest wait of a list for a commit; beyond, the database is asked. */
const COMMIT_WAIT_MS = 1000;
/** Different questions about one group that are kept. */
const MAX_ANSWERS = 500;
