import type { Identity } from "#lib/ecs/arns.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { KubeObject } from "#lib/kube/resources.ts";
import { LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { backoffMs, type Clock, pause, systemClock } from "#lib/kube/clock.ts";
import { watchStream, type WatchItem } from "#lib/kube/watch-stream.ts";
import type { Logger } from "#lib/log.ts";
import { counter, measured, type Metrics } from "#lib/metrics.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { headOf } from "./head.ts";
import { warm } from "./cache-update.ts";
import { ClusterNamespaces, claimsOf } from "./cluster-namespaces.ts";
import { DatabaseLockedError, isDiskFull, isFatal } from "./database-file.ts";
import { follow } from "./follow.ts";
import { followKubernetes } from "./follow-kubernetes.ts";
import { KUBERNETES_KINDS, type KubernetesKind } from "./kubernetes-kinds.ts";
import type { ReadCache } from "./read-cache.ts";
import type { Store } from "./store.ts";
import { PROJECTED_KINDS, type ProjectedKind, type ProjectedResource } from "./tables.ts";
import { Waiters } from "./waiters.ts";
import { Writer } from "./writer.ts";

export interface ProjectorOptions {
  readonly kube: KubeClient;
  readonly store: Store;
  /** In front of the store: kept at the last commit. */
  readonly cache?: ReadCache;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly identity: Identity;
  /** Seconds for which a task that was deleted before it had stopped stays visible as STOPPED. */
  readonly stoppedTaskRetentionSeconds?: number;
  /** Seconds for which what Kubernetes told of objects that are gone is kept; default 30 days. */
  readonly kubernetesRetentionSeconds?: number;
  /** Ends the projector; what was taken in is still committed. */
  readonly signal: AbortSignal;
}

/** Where a projector's changes come from: the API server, in production. */
export interface Source {
  /** A kind's stream, from after `resourceVersion` or from a list. */
  open(
    kind: ProjectedKind,
    resourceVersion: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<WatchItem<ProjectedResource>>;
  /** The stream of one of Kubernetes' own kinds; without it they are not followed. */
  openKubernetes?(
    kind: KubernetesKind,
    resourceVersion: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<WatchItem<KubeObject>>;
  /** A version of the kind that has to be reached to know all that is there now. */
  head(kind: ProjectedKind, signal: AbortSignal): Promise<string>;
}

/** A running projector. */
export interface Projector {
  /** Resolves once the database shows what was in the API server when the projector began. */
  readonly ready: Promise<void>;
  /** Seconds that the database is behind: for which a change waits, or a watch is down. */
  readonly lagSeconds: number;
  /** Calls back after each commit; gives the way to end that. */
  onCommit(listener: () => void): () => void;
  /** Settles when the projector has ended after `signal`; rejects where it cannot go on. */
  readonly stopped: Promise<void>;
  /** True once the database shows that write (or a later one of the resource), false after `timeoutMs`. */
  waitFor(write: { resource: string; resourceVersion: string }, timeoutMs: number): Promise<boolean>;
}

const BACKOFF = { baseMs: 500, maxMs: 30_000 };
const FIRST_WATCH_SECONDS = 4;
const KINDS_OF_KUBERNETES = Object.keys(KUBERNETES_KINDS) as KubernetesKind[];
/** A database that is invalidated again so soon after it was reopened is replaced. */
const REPLACE_WITHIN_MS = 10 * 60_000;
const DEFAULT_RETENTION_SECONDS = 3600;

/** Follows the ECS resources and keeps the database at what they say. */
export function startProjector(options: ProjectorOptions): Projector {
  const { kube } = options;
  return startProjectorFrom(
    {
      open: (kind, resourceVersion, signal) =>
        watchStream(kube, RESOURCES[kind], { resourceVersion, signal, firstTimeoutSeconds: FIRST_WATCH_SECONDS }),
      openKubernetes: (kind, resourceVersion, signal) =>
        watchStream(kube, KUBERNETES_KINDS[kind], {
          resourceVersion,
          signal,
          // Events carry no labels; of which they are is seen when all has come.
          ...(kind !== "Event" && { labelSelector: `${LABELS.managedBy}=${MANAGED_BY}` }),
        }),
      head: (kind, signal) => headOf(kube, RESOURCES[kind], signal),
    },
    options,
  );
}

/** Like {@link startProjector}, with changes from any source. */
export function startProjectorFrom(source: Source, options: Omit<ProjectorOptions, "kube">): Projector {
  const run = new Run(source, options);
  const stopped = run.start().finally(() => {
    run.ready.reject(new Error("The projector has ended."));
  });
  return {
    ready: run.ready.promise,
    stopped,
    onCommit(listener) {
      run.committed.add(listener);
      return () => void run.committed.delete(listener);
    },
    get lagSeconds() {
      return run.lagSeconds;
    },
    waitFor: ({ resource, resourceVersion }, timeoutMs) =>
      run.waiters.wait(resource, resourceVersion, timeoutMs, options.signal),
  };
}

class Run {
  readonly waiters = new Waiters(() => this.#writer?.hurry());
  /** Told of each commit. */
  readonly committed = new Set<() => void>();
  readonly ready = Promise.withResolvers<void>();
  readonly #source: Source;
  readonly #options: Omit<ProjectorOptions, "kube">;
  readonly #clock: Clock = systemClock;
  readonly #namespaces = new ClusterNamespaces();
  /** Since when (monotonic) each kind's watch is down. */
  readonly #down = new Map<ProjectedKind, number>();
  readonly #errors;
  #writer: Writer | undefined;
  #reopenedAt = Number.NEGATIVE_INFINITY;

  constructor(source: Source, options: Omit<ProjectorOptions, "kube">) {
    this.#source = source;
    this.#options = options;
    const { metrics } = options;
    this.#errors = counter(metrics, {
      name: "kecs_projector_errors_total",
      help: "What kept the projector from going on, by kind of failure",
      labelNames: ["reason"],
    });
    for (const reason of ["watch", "commit", "invalidated", "resource"]) this.#errors.inc({ reason }, 0);
    measured(
      metrics,
      {
        name: "kecs_projector_lag_seconds",
        help: "Seconds that the database is behind the API server",
      },
      () => this.lagSeconds,
    );
    // Nobody need wait for readiness.
    this.ready.promise.catch(() => undefined);
  }

  get lagSeconds(): number {
    const now = this.#clock.monotonic();
    const down = [...this.#down.values()].map((since) => now - since);
    return Math.max(this.#writer?.lagMs ?? 0, ...down, 0) / 1000;
  }

  /** Works until the signal; after a failure it begins again at the last commit. */
  async start(): Promise<void> {
    const { signal, log } = this.#options;
    for (let failures = 0; !signal.aborted; failures++) {
      const began = this.#clock.monotonic();
      try {
        await this.#once();
        break;
      } catch (error) {
        if (this.#clock.monotonic() - began > BACKOFF.maxMs) failures = 0;
        const retryInMs = backoffMs(failures, BACKOFF);
        log.error("projector failed; it begins again at the last commit", { error: describe(error), retryInMs });
        await pause(retryInMs, signal);
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  async #once(): Promise<void> {
    const { store, cache, identity, log, metrics, signal, stoppedTaskRetentionSeconds, kubernetesRetentionSeconds } =
      this.#options;
    await this.#load();
    const failed = new AbortController();
    const writer = new Writer({
      store,
      cache,
      identity,
      metrics,
      namespaces: this.#namespaces,
      clock: this.#clock,
      deletedTaskRetentionSeconds: stoppedTaskRetentionSeconds ?? DEFAULT_RETENTION_SECONDS,
      kubernetesRetentionSeconds,
      onCommit: (positions) => {
        this.waiters.advance(positions);
        for (const listener of this.committed) listener();
      },
      isAwaited: () => this.waiters.any,
      onFailure: () => failed.abort(),
      onUnshowable: ({ kind, metadata: { namespace, name } }, error) => {
        this.#errors.inc({ reason: "resource" });
        log.error("resource left out: no answer can be made of it", { kind, namespace, name, error: describe(error) });
      },
    });
    this.#writer = writer;
    const ending = AbortSignal.any([signal, failed.signal]);
    void this.#awaitReadiness(ending);
    const follows = [
      ...PROJECTED_KINDS.map((kind) => this.#follow(kind, writer, ending)),
      ...KINDS_OF_KUBERNETES.map((kind) => this.#followKubernetes(kind, writer, ending)),
    ];
    try {
      await Promise.all(follows);
    } finally {
      failed.abort();
      await Promise.allSettled(follows);
    }
    await writer.idle();
  }

  async #follow(kind: ProjectedKind, writer: Writer, signal: AbortSignal): Promise<void> {
    const { store, log } = this.#options;
    const items = this.#source.open(kind, this.waiters.position(RESOURCES[kind].plural), signal);
    await follow({
      kind,
      items,
      store,
      writer,
      clock: this.#clock,
      onError: (error, retryInMs) => {
        this.#errors.inc({ reason: "watch" });
        if (!this.#down.has(kind)) this.#down.set(kind, this.#clock.monotonic());
        log.warn("watch interrupted", { kind, error: error.message, retryInMs });
      },
      onItem: () => this.#down.delete(kind),
    });
  }

  async #followKubernetes(kind: KubernetesKind, writer: Writer, signal: AbortSignal): Promise<void> {
    const { store, identity, log } = this.#options;
    const items = this.#source.openKubernetes?.(kind, this.waiters.position(KUBERNETES_KINDS[kind].plural), signal);
    if (items === undefined) return;
    const onError = (error: Error, retryInMs: number): void => {
      this.#errors.inc({ reason: "watch" });
      log.warn("watch interrupted", { kind, error: error.message, retryInMs });
    };
    await followKubernetes({ kind, items, store, writer, identity, clock: this.#clock, onError });
  }

  /** Takes up where the last commit ended. */
  async #load(): Promise<void> {
    const { store, cache } = this.#options;
    if (cache !== undefined) await warm(cache, store);
    const positions = await store.read("watch_positions");
    this.waiters.reset(positions.map((row) => [String(row["resource"]), String(row["resource_version"])] as const));
    this.#namespaces.load(claimsOf(await store.read("cluster_namespaces")));
  }

  async #awaitReadiness(signal: AbortSignal): Promise<void> {
    try {
      await Promise.all(
        PROJECTED_KINDS.map(async (kind) => {
          const { plural } = RESOURCES[kind];
          for (let failures = 0; !signal.aborted; failures++) {
            const head = await this.#source.head(kind, signal).catch(() => undefined);
            if (head === undefined) await pause(backoffMs(failures, BACKOFF), signal);
            else if (await this.waiters.wait(plural, head, BACKOFF.maxMs, signal)) return;
          }
        }),
      );
    } finally {
      if (!signal.aborted) this.ready.resolve();
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { store, log } = this.#options;
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    this.#errors.inc({ reason: isFatal(cause) ? "invalidated" : "commit" });
    if (!isFatal(cause) && store.isOpen) return;
    // A full disk is no fault of the file.
    const full = isDiskFull(cause) || store.disk.fullSince !== undefined;
    const again = !full && this.#clock.monotonic() - this.#reopenedAt < REPLACE_WITHIN_MS;
    this.#reopenedAt = this.#clock.monotonic();
    try {
      await store.reopen({ setAside: again });
      log.warn("database opened again", { file: store.file });
    } catch (failure) {
      if (failure instanceof DatabaseLockedError) throw failure;
      log.error("database cannot be opened", { file: store.file, error: describe(failure) });
    }
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
}
