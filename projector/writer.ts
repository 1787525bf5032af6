import type { Identity } from "#lib/ecs/arns.ts";
import type { Clock } from "#lib/kube/clock.ts";
import { counter, histogram, type Metrics } from "#lib/metrics.ts";
import { Batch, type Change, type WatchPosition } from "./batch.ts";
import { CacheUpdate } from "./cache-update.ts";
import type { ClusterNamespaces } from "./cluster-namespaces.ts";
import { commitBatch } from "./commit.ts";
import { appendRows } from "./current-state.ts";
import type { KubernetesRow } from "./kubernetes-rows.ts";
import type { ReadCache } from "./read-cache.ts";
import type { Store, Transaction } from "./store.ts";
import type { ProjectedResource } from "./tables.ts";

export interface WriterOptions {
  readonly store: Store;
  /** Kept at what each commit says. */
  readonly cache?: ReadCache | undefined;
  readonly identity: Identity;
  readonly namespaces: ClusterNamespaces;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Seconds for which a task that was deleted before it had stopped stays visible. */
  readonly deletedTaskRetentionSeconds: number;
  /** Seconds for which what Kubernetes told of objects that are gone is kept. */
  readonly kubernetesRetentionSeconds?: number | undefined;
  /** Told after each commit which positions it reached. */
  readonly onCommit: (positions: ReadonlyMap<string, string>) => void;
  /** Told of a resource that no answer can be made of. */
  readonly onUnshowable: (object: ProjectedResource, error: unknown) => void;
  /** Whether somebody waits for what is to be committed: then nothing rests. */
  readonly isAwaited?: () => boolean;
  /** Told when a commit failed and all work is refused from now on. */
  readonly onFailure: () => void;
}

/** Changes that may wait for a commit, besides those in the present one; beyond, whoever brings more waits himself. */
const MAX_WAITING = 5_000;
/** As many are worth a commit of their own at once. */
const FULL = 1_000;
const REST_TIMES = 2;
/** However quick a commit is, thirty a second are enough. */
const LEAST_REST_MS = 30;
const MOST_REST_MS = 150;
/** So much rest may be owed before any is taken: a change in a quiet hour is shown at once, and so are the next few. */
const OWED_REST_MS = 600;
/** What only Kubernetes tells of Pods and the like waits so long for company: nobody asks for it at once. */
const KUBERNETES_ALONE_MS = 150;
const FORGET_EVERY_MS = 60_000;
const KUBERNETES_RETENTION_SECONDS = 30 * 86_400;
const FORGET_KUBERNETES_EVERY_MS = 3_600_000;
const FORGET_KUBERNETES_FIRST_MS = 600_000;
/** For so long an Event may be about a Pod that has not been told of. */
const FOREIGN_EVENTS_MS = 5 * 60_000;
/** Events of which that is longer ago have been looked at; after a start all are. */
const FOREIGN_EVENTS_SEEN_MS = 3_600_000;

/**
 * Group commit: while one commit runs, what arrives gathers, and goes together into the next. Where commits go on and on
 * the writer rests after each for twice as long as that took, 30 to 150 milliseconds, unless somebody waits for what is
 * next: a commit costs much the same for one change as for fifty, and where the machine is busy others need it more. One
 * transaction holds current state, history and watch positions, so that after a crash all three stand at the same point.
 * After a failed commit the writer refuses all work: what was in it has to come from the watch again.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #batchSize;
  readonly #changes;
  #waiting: Batch | undefined;
  #committing: Batch | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Rest that the last commit left owed, and the monotonic milliseconds at which it ended. */
  #owedMs = 0;
  #endedAt = 0;
  #endPause: () => void = () => undefined;
  #isHurried = false;
  /** Resolves when what waits is taken for a commit, or never will be. */
  #taken = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | undefined;
  /** Position of the history's last row; after a failure it is wrong, but so is the writer. */
  #head: bigint | undefined;
  #kubernetesHead: bigint | undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;
  #forgotKubernetesAt;

  constructor(options: WriterOptions) {
    this.#options = options;
    const { metrics, clock } = options;
    // It looks at all rows, which is not for the first commit after a start.
    this.#forgotKubernetesAt = clock.monotonic() - FORGET_KUBERNETES_EVERY_MS + FORGET_KUBERNETES_FIRST_MS;
    this.#batchSize = histogram(metrics, {
      name: "kecs_projector_batch_size",
      help: "Changes committed together",
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000, 10000],
    });
    this.#changes = counter(metrics, {
      name: "kecs_projector_changes_total",
      help: "Changes committed, by kind and type",
      labelNames: ["kind", "type"],
    });
  }

  /** Milliseconds for which the oldest change that is not committed yet has waited. */
  get lagMs(): number {
    const oldest = this.#committing ?? this.#waiting;
    return oldest === undefined ? 0 : this.#options.clock.monotonic() - oldest.since;
  }

  /**
   * Takes changes in for the next commit; resolves at once unless too many wait.
   * @param position how far they come; undefined where more belongs to it
   * @param kubernetes changes of Kubernetes' own kinds
   * @throws what made an earlier commit fail
   */
  async add(
    changes: readonly Change[],
    position: WatchPosition | undefined,
    kubernetes: readonly KubernetesRow[] = [],
  ): Promise<void> {
    this.#check();
    this.#waiting ??= new Batch(this.#options.clock.monotonic());
    this.#waiting.add(changes, position, kubernetes);
    if (changes.length > 0 || this.#isUrgent()) this.#endPause();
    if (this.#committing === undefined) this.#running = this.#run();
    while (this.#waiting !== undefined && this.#waiting.size >= MAX_WAITING) {
      await this.#taken.promise;
      this.#check();
    }
  }

  /**
   * Resolves once everything that was taken in is committed.
   * @throws what made a commit fail
   */
  async idle(): Promise<void> {
    this.hurry();
    await this.#running;
    this.#check();
  }

  /** Ends the writer's rest: somebody waits for what is to be committed. */
  hurry(): void {
    this.#isHurried = true;
    this.#endPause();
  }

  #isUrgent(): boolean {
    return this.#isHurried || this.#options.isAwaited?.() === true || (this.#waiting?.size ?? 0) >= FULL;
  }

  async #rest(batch: Batch): Promise<void> {
    for (let ms = this.#restMs(batch); ms > 0; ms = this.#restMs(batch)) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(ms, resolve);
        this.#endPause = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#endPause = () => undefined;
  }

  /** For how long the writer rests before it commits what it has now. */
  #restMs({ changes, since }: Batch): number {
    if (this.#isUrgent()) return 0;
    const alone = changes.length === 0 ? since + KUBERNETES_ALONE_MS : 0;
    const rested = this.#endedAt + this.#owedMs - OWED_REST_MS;
    return Math.max(rested, alone) - this.#options.clock.monotonic();
  }

  #check(): void {
    if (this.#failure !== undefined) throw new Error("A commit failed.", { cause: this.#failure.error });
  }

  async #run(): Promise<void> {
    // What comes within the same turn of the event loop belongs to this commit, too.
    this.#committing = this.#waiting;
    await Promise.resolve();
    try {
      while (this.#waiting !== undefined) {
        const batch = this.#waiting;
        this.#committing = batch;
        await this.#rest(batch); // what comes meanwhile is in it, too
        this.#take();
        await this.#commit(batch);
      }
    } catch (error) {
      this.#failure = { error };
      this.#take();
      this.#options.onFailure();
    } finally {
      this.#committing = undefined;
    }
  }

  #take(): void {
    this.#waiting = undefined;
    this.#isHurried = false;
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
  }

  async #commit(batch: Batch): Promise<void> {
    const { onCommit, clock } = this.#options;
    const begun = clock.monotonic();
    this.#owedMs = Math.max(0, this.#owedMs - (begun - this.#endedAt));
    const cache = new CacheUpdate(this.#options.cache);
    let committed = false;
    try {
      await this.#options.store.write((transaction) => this.#write(transaction, batch, cache));
      committed = true;
    } finally {
      cache.finish(committed);
    }
    this.#endedAt = clock.monotonic();
    const restMs = Math.max(LEAST_REST_MS, REST_TIMES * (this.#endedAt - begun));
    this.#owedMs = Math.min(this.#owedMs + restMs, OWED_REST_MS + MOST_REST_MS);
    this.#batchSize.observe(batch.size);
    for (const { kind, type } of batch.changes) this.#changes.inc({ kind, type });
    for (const { kind, change } of batch.kubernetes) this.#changes.inc({ kind: String(kind), type: String(change) });
    onCommit(batch.positions);
  }

  async #write(transaction: Transaction, batch: Batch, cache: CacheUpdate): Promise<void> {
    const { identity, namespaces, clock, onUnshowable } = this.#options;
    const now = clock.now();
    this.#head ??= BigInt(String((await transaction.run("history_head", {}))[0]?.["head"] ?? 0));
    await commitBatch(transaction, batch, { identity, namespaces, now, cache, head: this.#head, onUnshowable });
    this.#head += BigInt(batch.changes.length);
    await this.#writeKubernetes(transaction, batch);
    await this.#forget(transaction, cache, now);
    cache.begin();
  }

  async #forget(transaction: Transaction, cache: CacheUpdate, now: Date): Promise<void> {
    const {
      clock,
      deletedTaskRetentionSeconds,
      kubernetesRetentionSeconds = KUBERNETES_RETENTION_SECONDS,
    } = this.#options;
    const ago = (ms: number) => new Date(now.getTime() - ms);
    if (clock.monotonic() - this.#forgotAt >= FORGET_EVERY_MS) {
      const stopped = { before: ago(deletedTaskRetentionSeconds * 1000) };
      cache.gone("tasks", await transaction.run("forget_deleted_tasks", stopped));
      const since = this.#forgotAt < 0 ? new Date(0) : ago(FOREIGN_EVENTS_SEEN_MS);
      await transaction.run("forget_foreign_events", { since, before: ago(FOREIGN_EVENTS_MS) });
      this.#forgotAt = clock.monotonic();
    }
    if (clock.monotonic() - this.#forgotKubernetesAt < FORGET_KUBERNETES_EVERY_MS) return;
    await transaction.run("forget_kubernetes", { before: ago(kubernetesRetentionSeconds * 1000) });
    this.#forgotKubernetesAt = clock.monotonic();
  }

  async #writeKubernetes(transaction: Transaction, { kubernetes }: Batch): Promise<void> {
    this.#kubernetesHead ??= BigInt(String((await transaction.run("kubernetes_head", {}))[0]?.["head"] ?? 0));
    const head = this.#kubernetesHead;
    const rows = kubernetes.map((row, index) => ({ ...row, position: head + BigInt(index + 1) }));
    await appendRows(transaction, "kubernetes_history", rows);
    this.#kubernetesHead += BigInt(kubernetes.length);
  }
}
