import { setImmediate as turn } from "node:timers/promises";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { KubeClient } from "./client.ts";
import { systemClock, type Clock } from "./clock.ts";
import { InformerCache, type Change, type IndexFunction } from "./informer-cache.ts";
import { watchMetrics, type WatchMetrics } from "./metrics.ts";
import { keyOf, type KubeObject, type ResourceType } from "./resources.ts";
import { watchStream, type WatchItem } from "./watch-stream.ts";

export type { Change, IndexFunction } from "./informer-cache.ts";

export interface InformerOptions<T extends KubeObject> {
  client: KubeClient;
  resource: ResourceType;
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Name → values under which {@link Informer.byIndex} finds an object. Must depend on the object alone. */
  indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** What to keep of an object, once `metadata.managedFields` is gone, which is big and read by nobody here; else all. */
  transform?: ((object: T) => T) | undefined;
  log?: Logger | undefined;
  metrics?: Metrics | undefined;
  clock?: Clock | undefined;
}

/** Changes between which the event loop gets a turn: the first list can have tens of thousands. */
const CHANGES_A_TURN = 500;

export type ChangeHandler<T> = (change: Change<T>) => void;

/**
 * A kind's objects in memory, kept current by a watch through every loss of the connection. Objects are shared: read
 * them, never change them. They lag behind writes, ours too.
 */
export class Informer<T extends KubeObject> {
  /** Resolves when the cache holds everything that existed at the start; rejects only if stopped before that. */
  readonly synced: Promise<void>;
  private readonly options: InformerOptions<T>;
  private readonly cache: InformerCache<T>;
  private readonly handlers: ChangeHandler<T>[] = [];
  private readonly log: Logger | undefined;
  private readonly metrics: WatchMetrics | undefined;
  private readonly sync = Promise.withResolvers<void>();
  private started = false;
  private isSynced = false;

  constructor(options: InformerOptions<T>) {
    const clock = options.clock ?? systemClock;
    this.options = options;
    this.cache = new InformerCache<T>(options.indexes ?? {}, () => clock.monotonic());
    this.log = options.log;
    this.metrics = options.metrics && watchMetrics(options.metrics, options.resource.plural);
    this.synced = this.sync.promise;
    this.synced.catch(() => undefined); // nobody need wait for it
  }

  /** Whether {@link synced} has resolved. */
  get hasSynced(): boolean {
    return this.isSynced;
  }

  get size(): number {
    return this.cache.size;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.cache.get(keyOf({ namespace, name }));
  }

  list(): T[] {
    return this.cache.list();
  }

  /** @throws Error when no index of that name was declared. */
  byIndex(index: string, value: string): T[] {
    return this.cache.byIndex(index, value);
  }

  /** The last known state of an object that was deleted within the last five minutes. */
  deleted(uid: string): T | undefined {
    return this.cache.deleted(uid);
  }

  /**
   * Calls `handler` for each change, and for each object that is there already. It must be quick (put a key into a
   * queue); what it throws is logged and stops nothing.
   */
  onChange(handler: ChangeHandler<T>): void {
    this.handlers.push(handler);
    for (const object of this.cache.list()) {
      this.call(handler, {
        key: keyOf({ namespace: object.metadata?.namespace, name: object.metadata?.name ?? "" }),
        after: object,
      });
    }
  }

  /** Begins to list and watch, until `signal` aborts. */
  start(signal: AbortSignal): void {
    if (this.started) throw new Error(`the informer of ${this.options.resource.plural} runs already`);
    this.started = true;
    this.run(signal).catch((error: unknown) => {
      this.log?.error("informer stopped", { resource: this.options.resource.plural, error: String(error) });
      this.sync.reject(error);
    });
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { client, resource, namespace, labelSelector, fieldSelector, transform } = this.options;
    const stream = watchStream<T>(client, resource, { namespace, labelSelector, fieldSelector, transform, signal });
    for await (const item of stream) await this.take(item);
    this.sync.reject(new Error(`the informer of ${resource.plural} was stopped before it had synced`));
  }

  private async take(item: WatchItem<T>): Promise<void> {
    if (item.type === "ERROR") {
      this.metrics?.failed();
      this.log?.warn("watch interrupted", {
        resource: this.options.resource.plural,
        error: item.error.message,
        retryInMs: Math.round(item.retryInMs),
      });
      return;
    }
    const changes = this.cache.apply(item);
    this.metrics?.received(item.type, changes.length, this.cache.size);
    for (const [index, change] of changes.entries()) {
      for (const handler of this.handlers) this.call(handler, change);
      if ((index + 1) % CHANGES_A_TURN === 0) await turn();
    }
    if (item.type === "LIST" && !this.isSynced) {
      this.isSynced = true;
      this.sync.resolve();
    }
  }

  private call(handler: ChangeHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.log?.error("a handler of changes failed", {
        resource: this.options.resource.plural,
        key: change.key,
        error: String(error),
      });
    }
  }
}
