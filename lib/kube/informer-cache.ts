import { keyOf, type KubeObject, type ObjectRef } from "./resources.ts";
import type { WatchItem } from "./watch-stream.ts";

/** What happened to one object: made (`after` only), changed (both), gone (`before` only). */
export interface Change<T> {
  /** `namespace/name`, or `name` of a cluster-scoped object. */
  key: string;
  before?: T;
  after?: T;
}

/** Values under which an object is found in an index; none, one or several. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** How long a deleted object can still be asked for. */
const TOMBSTONE_MS = 5 * 60_000;

/**
 * The objects of one kind as a watch stream tells them, by key and by declared indexes. Only {@link apply} changes
 * it, and it knows no network and no clock but the one it is given.
 */
export class InformerCache<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, { valuesOf: IndexFunction<T>; keys: Map<string, Set<string>> }>();
  /** By uid, oldest first: insertion order is deletion order. */
  private readonly tombstones = new Map<string, { object: T; at: number }>();
  private readonly nowMs: () => number;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>>, nowMs: () => number) {
    for (const [name, valuesOf] of Object.entries(indexes)) this.indexes.set(name, { valuesOf, keys: new Map() });
    this.nowMs = nowMs;
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  /** @throws Error when no index of that name was declared. */
  byIndex(index: string, value: string): T[] {
    const declared = this.indexes.get(index);
    if (!declared)
      throw new Error(`no index "${index}"; declared are ${[...this.indexes.keys()].join(", ") || "none"}`);
    const found: T[] = [];
    for (const key of declared.keys.get(value) ?? []) {
      const object = this.objects.get(key);
      if (object) found.push(object);
    }
    return found;
  }

  /** The last state of an object deleted within the last five minutes. */
  deleted(uid: string): T | undefined {
    this.forgetOldTombstones();
    return this.tombstones.get(uid)?.object;
  }

  /** Takes one item of the stream in and tells what changed by it. */
  apply(item: WatchItem<T>): Change<T>[] {
    switch (item.type) {
      case "LIST":
        return this.replace(item.items);
      case "ADDED":
      case "MODIFIED":
        return this.put(item.object);
      case "DELETED":
        return this.remove(keyOf(refIn(item.object)), item.object);
      default:
        return [];
    }
  }

  private replace(items: readonly T[]): Change<T>[] {
    const changes: Change<T>[] = [];
    const present = new Set(items.map((item) => keyOf(refIn(item))));
    for (const key of this.objects.keys()) if (!present.has(key)) changes.push(...this.remove(key));
    for (const item of items) changes.push(...this.put(item));
    return changes;
  }

  private put(object: T): Change<T>[] {
    const key = keyOf(refIn(object));
    const before = this.objects.get(key);
    if (before === undefined) {
      this.store(key, object);
      return [{ key, after: object }];
    }
    if (before.metadata?.uid !== object.metadata?.uid) {
      // Deleted and made again while we were not looking: two different objects of one name.
      return [...this.remove(key), ...this.put(object)];
    }
    if (before.metadata?.resourceVersion === object.metadata?.resourceVersion) return [];
    this.unindex(key, before);
    this.store(key, object);
    return [{ key, before, after: object }];
  }

  private remove(key: string, lastState?: T): Change<T>[] {
    const before = this.objects.get(key);
    if (before === undefined) return [];
    this.unindex(key, before);
    this.objects.delete(key);
    const gone = lastState ?? before;
    this.forgetOldTombstones();
    const uid = gone.metadata?.uid;
    if (uid !== undefined) this.tombstones.set(uid, { object: gone, at: this.nowMs() });
    return [{ key, before: gone }];
  }

  private store(key: string, object: T): void {
    this.objects.set(key, object);
    for (const { valuesOf, keys } of this.indexes.values()) {
      for (const value of valuesOf(object)) {
        const set = keys.get(value);
        if (set) set.add(key);
        else keys.set(value, new Set([key]));
      }
    }
  }

  private unindex(key: string, object: T): void {
    for (const { valuesOf, keys } of this.indexes.values()) {
      for (const value of valuesOf(object)) {
        const set = keys.get(value);
        set?.delete(key);
        if (set?.size === 0) keys.delete(value);
      }
    }
  }

  private forgetOldTombstones(): void {
    const oldest = this.nowMs() - TOMBSTONE_MS;
    for (const [uid, { at }] of this.tombstones) {
      if (at > oldest) return;
      this.tombstones.delete(uid);
    }
  }
}

function refIn(object: KubeObject): ObjectRef {
  return { namespace: object.metadata?.namespace, name: object.metadata?.name ?? "" };
}
