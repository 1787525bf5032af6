import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Logger } from "../log.ts";
import type { KubeClient } from "./client.ts";
import { systemClock, type Clock } from "./clock.ts";
import { isNotFound } from "./errors.ts";
import { RESOURCE, type Event, type KubeObject } from "./resources.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Writes Kubernetes Events: what `kubectl describe` shows under an object. */
export interface Recorder {
  /**
   * Notes something about an object; returns at once and never fails: Events are for people, and best effort.
   * @param reason CamelCase, the same as the condition's that it explains; at most 128 characters.
   */
  event(object: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
  /** Resolves when everything noted so far has been written or given up. */
  flush(): Promise<void>;
}

export interface RecorderOptions {
  client: KubeClient;
  /** Who reports, for example `kecs-operator`. */
  component: string;
  log?: Logger | undefined;
  clock?: Clock | undefined;
}

/** Events not yet written; more are dropped. */
const MAX_PENDING = 1_000;
/** Events remembered so that a repeated one counts up instead of being written anew. */
const MAX_REMEMBERED = 4_096;
const REMEMBER_MS = 10 * 60_000;
/** Per object: so many at once, then one every so often. A flapping object must not fill etcd. */
const BURST_PER_OBJECT = 25;
const PER_OBJECT_SECONDS = 60;
const MESSAGE_MAX = 1_024;
/** Room for the suffix within the 253 characters of a name. */
const NAME_MAX = 230;
const WRITE_TIMEOUT_MS = 10_000;

interface Pending {
  key: string;
  event: Event;
  count: number;
}

export function createRecorder(options: RecorderOptions): Recorder {
  return new EventRecorder(options);
}

class EventRecorder implements Recorder {
  private readonly options: RecorderOptions;
  private readonly clock: Clock;
  /** Not written yet, by what they say; in order. */
  private readonly pending = new Map<string, Pending>();
  private readonly written = new LRUCache<string, { namespace: string; name: string; count: number }>({
    max: MAX_REMEMBERED,
    ttl: REMEMBER_MS,
  });
  private readonly limits = new LRUCache<string, TokenBucket>({ max: MAX_REMEMBERED });
  private writing: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
  }

  event(object: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
    const { uid, name } = object.metadata ?? {};
    const key = [object.kind, object.metadata?.namespace, name, uid, type, reason, message].join("\n");
    const waiting = this.pending.get(key);
    if (waiting) {
      waiting.count += 1;
      return;
    }
    if (this.pending.size >= MAX_PENDING || !this.limitOf(uid ?? name ?? "").take()) {
      this.options.log?.debug("event dropped: too many", { kind: object.kind, name, reason });
      return;
    }
    const event = eventOf(object, { type, reason, message }, this.options.component, this.clock.now());
    this.pending.set(key, { key, event, count: 1 });
    this.writing ??= this.writeAll();
  }

  async flush(): Promise<void> {
    await this.writing;
  }

  private limitOf(object: string): TokenBucket {
    let limit = this.limits.get(object);
    if (!limit) {
      limit = new TokenBucket({ perSecond: 1 / PER_OBJECT_SECONDS, burst: BURST_PER_OBJECT, clock: this.clock });
      this.limits.set(object, limit);
    }
    return limit;
  }

  private async writeAll(): Promise<void> {
    await Promise.resolve(); // let the caller note what else it has
    for (const item of this.pending.values()) {
      this.pending.delete(item.key);
      try {
        await this.write(item);
      } catch (error) {
        const { reason, involvedObject } = item.event;
        this.options.log?.warn("event not written", { reason, name: involvedObject.name, error: String(error) });
      }
    }
    this.writing = undefined;
  }

  private async write({ key, event, count }: Pending): Promise<void> {
    const before = this.written.get(key);
    if (before && (await this.countUp(before, count, event))) {
      this.written.set(key, { ...before, count: before.count + count });
      return;
    }
    const { namespace = "", name = "" } = event.metadata;
    await this.options.client.create(RESOURCE.events, { ...event, count }, { timeoutMs: WRITE_TIMEOUT_MS });
    this.written.set(key, { namespace, name, count });
  }

  /** False when the Event has expired meanwhile. */
  private async countUp(
    before: { namespace: string; name: string; count: number },
    count: number,
    event: Event,
  ): Promise<boolean> {
    const patch = { count: before.count + count, lastTimestamp: event.lastTimestamp };
    try {
      await this.options.client.mergePatch(RESOURCE.events, before, patch, { timeoutMs: WRITE_TIMEOUT_MS });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}

function eventOf(
  object: KubeObject,
  what: { type: "Normal" | "Warning"; reason: string; message: string },
  component: string,
  now: Date,
): Event {
  const { name = "", namespace, uid, resourceVersion } = object.metadata ?? {};
  const time = now.toISOString().replace(/\.\d{3}Z$/, "Z");
  return {
    metadata: {
      name: `${name.slice(0, NAME_MAX)}.${randomBytes(8).toString("hex")}`,
      // Events are namespaced; those of cluster-scoped objects go where kubectl looks for them.
      namespace: namespace ?? "default",
    },
    involvedObject: {
      name,
      ...(object.apiVersion === undefined ? {} : { apiVersion: object.apiVersion }),
      ...(object.kind === undefined ? {} : { kind: object.kind }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: what.type,
    reason: what.reason,
    message: what.message.slice(0, MESSAGE_MAX),
    source: { component },
    reportingComponent: component,
    reportingInstance: "",
    firstTimestamp: time,
    lastTimestamp: time,
  };
}
