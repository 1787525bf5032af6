import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { openConnection, type Connection, type ConnectionOptions } from "./connection.ts";
import { isNotFound } from "./errors.ts";
import { exchange, openStream, type HttpRequest } from "./http.ts";
import { type ObjectList, readList } from "./list-items.ts";
import { openSocket } from "./socket.ts";
import {
  apiVersionOf,
  refOf,
  RESOURCE,
  resourcePath,
  type KubeObject,
  type ObjectRef,
  type ResourceType,
} from "./resources.ts";

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Limit for one request, in milliseconds. */
  timeoutMs?: number | undefined;
}

export interface ListOptions extends CallOptions {
  /** Left out: objects of all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Most items of this page. */
  limit?: number | undefined;
  /** `metadata.continue` of the page before. */
  continue?: string | undefined;
  /** `"0"`: whatever the server has in its cache, without asking etcd; then it ignores the limit. */
  resourceVersion?: string | undefined;
}

/** Of objects of one kind. */
export interface ObjectListOptions<T> extends ListOptions {
  /** What is kept of an object, before the next is read: of tens of thousands, all would take gigabytes. */
  kept?: ((object: T) => T) | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Whose fields these become; at most 128 characters. */
  fieldManager?: string | undefined;
  /** Checked and answered, not stored. */
  dryRun?: boolean | undefined;
}

export interface PatchOptions extends WriteOptions {
  subresource?: "status" | "scale" | undefined;
}

export interface ApplyOptions extends PatchOptions {
  fieldManager: string;
  /** Takes fields over that another manager owns, instead of failing with a conflict. */
  force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Deletes this object only, not one made later under its name. */
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: "Foreground" | "Background" | "Orphan" | undefined;
}

export interface WatchOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Changes after this; left out with `sendInitialEvents`. */
  resourceVersion?: string | undefined;
  /** After this the server ends the watch, in seconds. */
  timeoutSeconds: number;
  /** First the present objects as ADDED, then a bookmark that says so. */
  sendInitialEvents?: boolean | undefined;
  signal: AbortSignal;
}

export interface PodLogOptions {
  container: string;
  /** Goes on until the container ends. */
  follow?: boolean | undefined;
  /** Of the container before its last restart. */
  previous?: boolean | undefined;
  /** RFC 3339, whole seconds: lines that are not older. */
  sinceTime?: string | undefined;
  /** Limit for the first line to come. */
  timeoutMs?: number | undefined;
  signal: AbortSignal;
}

/**
 * The Kubernetes API as this project uses it, for every kind alike: objects are JSON as on the wire. Every call ends
 * within its timeout (30 s), can be aborted, and fails with {@link KubeError} (or the signal's reason).
 */
export interface KubeClient {
  /** Base URL of the API server. */
  readonly server: string;
  /** Namespace of the kubeconfig's context, if it names one. */
  readonly defaultNamespace: string | undefined;
  get<T extends KubeObject>(resource: ResourceType, ref: ObjectRef, options?: CallOptions): Promise<T>;
  /**
   * All objects that match, of one moment, or with a limit the first of them. Items have `apiVersion` and `kind`.
   * Without a limit the API server (1.31 and later) takes them from its cache, as fresh as etcd; the pages after a
   * first one it reads from etcd, which for tens of thousands costs it four times as much. The timeout is for each
   * pause in the answer.
   * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
   */
  list<T extends KubeObject>(resource: ResourceType, options?: ObjectListOptions<T>): Promise<ObjectList<T>>;
  create<T extends KubeObject>(resource: ResourceType, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply: makes the object or sets the given fields; fields given before and now missing are removed. */
  apply<T extends KubeObject>(resource: ResourceType, object: T, options: ApplyOptions): Promise<T>;
  /** RFC 7386; with `metadata.resourceVersion` in it, only if the object is still at that version. */
  mergePatch<T extends KubeObject>(
    resource: ResourceType,
    ref: ObjectRef,
    patch: object,
    options?: PatchOptions,
  ): Promise<T>;
  /** RFC 6902. */
  jsonPatch<T extends KubeObject>(
    resource: ResourceType,
    ref: ObjectRef,
    operations: readonly object[],
    options?: PatchOptions,
  ): Promise<T>;
  /** Whether there was something to delete. Finalizers and grace periods may keep the object for a while. */
  delete(resource: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
  /** The raw body of a watch; watch-stream.ts makes something usable of it. */
  watch(resource: ResourceType, options: WatchOptions): Promise<IncomingMessage>;
  /** The raw body of a container's log, each line with its timestamp. */
  podLog(ref: ObjectRef, options: PodLogOptions): Promise<IncomingMessage>;
  /** GET of any path, for example `/version` or `/readyz`'s JSON relatives. */
  getPath<T>(path: string, options?: CallOptions): Promise<T>;
  /**
   * A WebSocket at a path with query, paused until its caller listens.
   * @param protocols subprotocols, best first
   */
  socket(path: string, protocols: readonly string[], options?: CallOptions): Promise<WebSocket>;
  /** Closes idle connections; calls after it open new ones. */
  close(): void;
}

const TIMEOUT_MS = 30_000;
const APPLY = "application/apply-patch+yaml"; // JSON is YAML
const MERGE_PATCH = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";

type Query = Record<string, string | number | boolean | undefined>;

/**
 * A client for the configured API server; connects when first used.
 * @throws Error when there is no usable configuration.
 */
export function createKubeClient(options: ConnectionOptions = {}): KubeClient {
  return clientOf(openConnection(options));
}

function clientOf(connection: Connection): KubeClient {
  function call<T>(
    method: HttpRequest["method"],
    path: string,
    options: CallOptions = {},
    body?: { content: unknown; type?: string },
    decode?: HttpRequest["decode"],
  ): Promise<T> {
    return exchange<T>(connection, {
      method,
      path,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      body: body === undefined ? undefined : JSON.stringify(body.content),
      contentType: body?.type,
      decode,
    });
  }

  function patch<T>(path: string, type: string, content: unknown, options: ApplyOptions | PatchOptions): Promise<T> {
    const query = { ...writeQuery(options), force: "force" in options ? options.force : undefined };
    return call<T>("PATCH", withQuery(path, query), options, { content, type });
  }

  return {
    server: connection.server,
    defaultNamespace: connection.defaultNamespace,
    get: (resource, ref, options) => call("GET", resourcePath(resource, ref), options),
    list<T extends KubeObject>(resource: ResourceType, options: ObjectListOptions<T> = {}) {
      const { kept = (object) => object } = options;
      const path = withQuery(resourcePath(resource, { namespace: options.namespace }), {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        limit: options.limit,
        continue: options.continue,
        // The API refuses a resourceVersion beside a continue token, which has its own.
        resourceVersion: options.continue === undefined ? options.resourceVersion : undefined,
      });
      const decode = (body: AsyncIterable<Buffer>) => readList<T>(body, (item) => kept(withType(resource, item)));
      return call<ObjectList<T>>("GET", path, options, undefined, decode);
    },
    create: (resource, object, options = {}) => {
      const path = resourcePath(resource, { namespace: object.metadata?.namespace });
      return call("POST", withQuery(path, writeQuery(options)), options, { content: withType(resource, object) });
    },
    apply: (resource, object, options) =>
      patch(resourcePath(resource, refOf(object), options.subresource), APPLY, withType(resource, object), options),
    mergePatch: (resource, ref, content, options = {}) =>
      patch(resourcePath(resource, ref, options.subresource), MERGE_PATCH, content, options),
    jsonPatch: (resource, ref, operations, options = {}) =>
      patch(resourcePath(resource, ref, options.subresource), JSON_PATCH, operations, options),
    async delete(resource, ref, options = {}) {
      const { uid, resourceVersion, gracePeriodSeconds, propagationPolicy } = options;
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
      const content = {
        kind: "DeleteOptions",
        apiVersion: "v1",
        preconditions,
        gracePeriodSeconds,
        propagationPolicy: propagationPolicy ?? "Background",
      };
      try {
        await call("DELETE", resourcePath(resource, ref), options, { content });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    watch: (resource, options) =>
      openStream(connection, {
        method: "GET",
        path: withQuery(resourcePath(resource, { namespace: options.namespace }), watchQuery(options)),
        signal: options.signal,
        timeoutMs: TIMEOUT_MS,
      }),
    podLog: (ref, { container, follow, previous, sinceTime, timeoutMs, signal }) =>
      openStream(connection, {
        method: "GET",
        path: withQuery(resourcePath(RESOURCE.pods, ref, "log"), {
          container,
          follow,
          previous,
          sinceTime,
          timestamps: true,
        }),
        signal,
        timeoutMs: timeoutMs ?? TIMEOUT_MS,
      }),
    getPath: (path, options) => call("GET", path, options),
    socket: (path, protocols, { signal, timeoutMs = TIMEOUT_MS } = {}) =>
      openSocket(connection, { path, protocols, signal, timeoutMs }),
    close: () => connection.close(),
  };
}

function watchQuery(options: WatchOptions): Query {
  return {
    watch: true,
    allowWatchBookmarks: true,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    timeoutSeconds: options.timeoutSeconds,
    sendInitialEvents: options.sendInitialEvents,
    resourceVersionMatch: options.sendInitialEvents ? "NotOlderThan" : undefined,
  };
}

function writeQuery(options: WriteOptions): Query {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun ? "All" : undefined };
}

function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Items of a list of Kubernetes' own kinds say neither; writers need not. */
function withType<T extends KubeObject>(resource: ResourceType, object: T): T {
  if (object.kind !== undefined && object.apiVersion !== undefined) return object;
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
