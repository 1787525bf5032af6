import type { IncomingMessage } from "node:http";
import type { KubeClient } from "./client.ts";
import { backoffMs, pause } from "./clock.ts";
import { isGone, KubeError, kubeErrorFromStatus } from "./errors.ts";
import { LineSplitter } from "./lines.ts";
import { compareResourceVersions, type KubeObject, type ResourceType } from "./resources.ts";

/** One step of a kind's history, in the API server's order. */
export type WatchItem<T> =
  | { type: "LIST"; items: T[]; resourceVersion: string }
  /** DELETED carries the object's last state. */
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T; resourceVersion: string }
  /** Nothing happened up to this resourceVersion that has not been told. */
  | { type: "BOOKMARK"; resourceVersion: string }
  /** The connection was lost or refused; the stream goes on by itself after `retryInMs`. */
  | { type: "ERROR"; error: Error; retryInMs: number };

export interface WatchStreamOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Goes on after this instead of beginning with a LIST, if the API server still can. */
  resourceVersion?: string | undefined;
  /** How long the API server keeps one watch open. */
  timeoutSeconds?: number | undefined;
  /**
   * The same for the first watch. Two seconds before it ends one, the API server says with a bookmark that nothing more
   * had happened: so it is known soon, and not after a minute, that there was nothing to catch up with.
   */
  firstTimeoutSeconds?: number | undefined;
  /** A watch on which nothing comes for so long, no bookmark either, counts as lost. */
  silenceMs?: number | undefined;
  signal: AbortSignal;
}

/** Of objects of one kind. */
export interface ObjectWatchOptions<T> extends WatchStreamOptions {
  /** What to keep of an object, once `metadata.managedFields` is gone, which is big and read by nobody here; else all. */
  transform?: ((object: T) => T) | undefined;
}

interface RawEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

const TIMEOUT_SECONDS = 300;
/** The API server sends a bookmark about every minute. */
const SILENCE_MS = 150_000;
const BACKOFF = { baseMs: 250, maxMs: 5_000 };
/** A watch that ended sooner than this, and brought nothing, counts as a failure, lest we spin. */
const SHORTEST_WATCH_MS = 1_000;

/**
 * The changes of a kind, as an ordered stream that never ends until `signal` aborts: a LIST (unless it can resume),
 * then each change; after any error it reconnects where it was, and begins anew with a LIST when the API server no
 * longer knows what came since. It reads no faster than its consumer, and nothing piles up here: when the consumer
 * is slow the socket is.
 */
export async function* watchStream<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  options: ObjectWatchOptions<T>,
): AsyncGenerator<WatchItem<T>, void, undefined> {
  const { signal } = options;
  const kept = keeper(options.transform);
  const position = new Position(options.resourceVersion);
  let failures = 0;
  let reached = true;
  let first = true;
  while (!signal.aborted) {
    const startedAt = performance.now();
    let progressed = false;
    let failure: Error | undefined;
    try {
      if (position.unsure) await position.check(client, resource, options);
      if (position.at === undefined) {
        const list = await client.list<T>(resource, { ...selection(options), signal, kept });
        position.at = list.metadata.resourceVersion;
        yield { type: "LIST", items: list.items, resourceVersion: position.at };
      }
      const timeoutSeconds = timeoutOf(options, first);
      first = false;
      for await (const item of watchOnce<T>(client, resource, { ...options, timeoutSeconds, kept }, position)) {
        progressed = true;
        failures = 0;
        yield item;
      }
      if (!progressed && performance.now() - startedAt < SHORTEST_WATCH_MS) {
        failure = new Error("the API server ended the watch at once");
      }
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    if (failure === undefined || signal.aborted) continue;
    if (isGone(failure)) position.at = undefined;
    // A server that is back says first what it cannot do yet: that is no reason to wait as for one that is away.
    const answered = failure instanceof KubeError && failure.status > 0;
    if (answered && !reached) failures = 0;
    reached = answered;
    const retryInMs = retryDelay(failure, failures++);
    yield { type: "ERROR", error: failure, retryInMs };
    await pause(retryInMs, signal);
  }
}

function timeoutOf({ timeoutSeconds = TIMEOUT_SECONDS, firstTimeoutSeconds }: WatchStreamOptions, first: boolean) {
  // Spread out, so that many watches begun together do not end together.
  return (first && firstTimeoutSeconds) || Math.ceil(timeoutSeconds * (1 + Math.random()));
}

function retryDelay(error: Error, failures: number): number {
  if (isGone(error) && failures === 0) return 0;
  return Math.max(backoffMs(failures, BACKOFF), (error instanceof KubeError && error.retryAfterMs) || 0);
}

/** How far the stream has come. */
class Position {
  at: string | undefined;
  /** A position that someone kept may be of an API server that has since begun anew. */
  unsure: boolean;

  constructor(at: string | undefined) {
    this.at = at;
    this.unsure = at !== undefined;
  }

  /** Gives a resume position up that lies in the future: the API server would stay silent until it reaches it. */
  async check(client: KubeClient, resource: ResourceType, options: WatchStreamOptions): Promise<void> {
    const head = await client.list(resource, { ...selection(options), limit: 1, signal: options.signal });
    if (this.at !== undefined && compareResourceVersions(head.metadata.resourceVersion, this.at) < 0)
      this.at = undefined;
    this.unsure = false;
  }

  /** @throws KubeError `Expired` when the API server has gone back in time, as after a restored backup. */
  advance(to: string): void {
    if (this.at !== undefined && compareResourceVersions(to, this.at) < 0) {
      throw new KubeError({
        status: 410,
        reason: "Expired",
        message: `resourceVersion went back from ${this.at} to ${to}: the API server's data was replaced`,
      });
    }
    this.at = to;
  }
}

async function* watchOnce<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  options: WatchStreamOptions & { timeoutSeconds: number; kept: (object: T) => T },
  position: Position,
): AsyncGenerator<WatchItem<T>, void, undefined> {
  const response = await client.watch(resource, {
    ...selection(options),
    resourceVersion: position.at,
    timeoutSeconds: options.timeoutSeconds,
    signal: options.signal,
  });
  const splitter = new LineSplitter();
  for await (const chunk of untilSilent(response, options.silenceMs ?? SILENCE_MS)) {
    for (const line of splitter.push(chunk)) yield itemOf(JSON.parse(line) as RawEvent<T>, position, options.kept);
  }
}

function itemOf<T extends KubeObject>(event: RawEvent<T>, position: Position, kept: (object: T) => T): WatchItem<T> {
  if (event.type === "ERROR") throw kubeErrorFromStatus(event.object);
  const resourceVersion = event.object.metadata?.resourceVersion;
  if (resourceVersion === undefined) throw new Error(`watch: ${event.type} event without a resourceVersion`);
  position.advance(resourceVersion);
  if (event.type === "BOOKMARK") return { type: "BOOKMARK", resourceVersion };
  return { type: event.type, object: kept(event.object), resourceVersion };
}

/** The body's chunks; destroys the response when none comes for `silenceMs` while one is waited for. */
async function* untilSilent(response: IncomingMessage, silenceMs: number): AsyncGenerator<Buffer, void, undefined> {
  let waiting = true;
  const timer = setTimeout(() => {
    if (!waiting) return;
    const message = `the watch was silent for ${silenceMs / 1000} s`;
    response.destroy(new KubeError({ status: 0, reason: "Timeout", message }));
  }, silenceMs);
  try {
    for await (const chunk of response) {
      waiting = false;
      yield chunk as Buffer;
      waiting = true;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
}

function selection(
  options: WatchStreamOptions,
): Pick<WatchStreamOptions, "namespace" | "labelSelector" | "fieldSelector"> {
  const { namespace, labelSelector, fieldSelector } = options;
  return { namespace, labelSelector, fieldSelector };
}

/** What {@link ObjectWatchOptions.transform} says. */
function keeper<T extends KubeObject>(transform = (object: T): T => object): (object: T) => T {
  return (object) => transform(withoutManagedFields(object));
}

/** With metadata made anew: an object of which a member is deleted takes more memory than before. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata === undefined || !("managedFields" in object.metadata)) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
