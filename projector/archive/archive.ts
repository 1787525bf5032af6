import { type Clock, pause, systemClock } from "#lib/kube/clock.ts";
import type { Logger } from "#lib/log.ts";
import { counter, gauge, type Metrics } from "#lib/metrics.ts";
import type { Store } from "../store.ts";
import { compact } from "./compaction.ts";
import { boundKubernetes } from "./kubernetes-bound.ts";
import { type ArchiveFile, archiveFiles, expire, mergeOne, missingFiles, Unlisted } from "./partitions.ts";
import { type RolledOver, rollOver } from "./roll-over.ts";
import { tableSize } from "./table-size.ts";

/** What goes into the archive when, and for how long it stays. */
export interface ArchivePolicy {
  /** Seconds for which a change stays in the database after the next one of its resource. */
  readonly afterSeconds: number;
  /** Bytes of the database file that the history may take; beyond, what is oldest goes sooner. */
  readonly maxBytes: number;
  /** Bytes of the database file that what Kubernetes told may take; beyond, what is oldest is deleted. */
  readonly kubernetesMaxBytes: number;
  /** Seconds for which archived changes are kept. */
  readonly retentionSeconds: number;
}

export interface ArchiveOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly policy: ArchivePolicy;
  readonly intervalSeconds: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A change is not archived before readers of events have had time to see it. */
const MIN_AGE_MS = 60_000;
/** Whoever writes for all replicas has so long for it; then the others write what they have themselves. */
const LEFT_TO_OTHERS_MS = 6 * 3_600_000;
/** Another replica's files are looked for so often: it removes what it has merged when it looks next. */
const LOOKS_AN_INTERVAL = 4;
/** Under the bound by so much, so that not every run has to make room. */
const ROOM = 0.8;
/** Rows that one run moves at most; the next goes on. */
const ROWS_A_RUN = 1_000_000;
const DAY_MS = 86_400_000;

/** Rolls the history over again and again until the signal; what fails is logged, counted and tried again. */
export async function keepArchive(options: ArchiveOptions): Promise<void> {
  const { signal, log, intervalSeconds, clock = systemClock } = options;
  const archive = new Archive(options);
  while (!signal.aborted) {
    for (let look = 1; look <= LOOKS_AN_INTERVAL && !signal.aborted; look++) {
      await pause((intervalSeconds * 1000) / LOOKS_AN_INTERVAL, signal, clock);
      if (look < LOOKS_AN_INTERVAL && !signal.aborted) await archive.lookForShared();
    }
    if (signal.aborted) return;
    try {
      await archive.run();
    } catch (error) {
      archive.failed();
      log.error("history could not be archived; it stays in the database", { error });
    }
  }
}

export class Archive {
  readonly #options: ArchiveOptions;
  readonly #clock: Clock;
  readonly #unlisted = new Unlisted();
  #missing: readonly string[] = [];
  #shared = "";
  readonly #runs;
  readonly #rows;

  constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { metrics } = options;
    this.#runs = counter(metrics, {
      name: "kecs_archive_runs_total",
      help: "Runs that moved history into Parquet files, by result",
      labelNames: ["result"],
    });
    for (const result of ["ok", "error"]) this.#runs.inc({ result }, 0);
    this.#rows = counter(metrics, { name: "kecs_archive_rows_total", help: "Changes moved into Parquet files" });
    this.#figure({ name: "kecs_archive_bytes", help: "Bytes of the archive's Parquet files" }, (files) =>
      files.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    this.#figure({ name: "kecs_archive_files", help: "Parquet files of the archive" }, (files) => files.length);
  }

  #figure(of: { name: string; help: string }, value: (files: readonly ArchiveFile[]) => number): void {
    const { metrics, store } = this.#options;
    const figure = gauge(metrics, of);
    const collect = async (): Promise<void> => {
      if (store.isOpen) figure.set(value(await archiveFiles(store).catch(() => [])));
    };
    Object.assign(figure, { collect });
  }

  failed(): void {
    this.#runs.inc({ result: "error" });
  }

  /** One round: by age, by size, merging, expiry, and giving the database's space back. */
  async run(): Promise<RolledOver> {
    const { store, log, policy } = this.#options;
    const now = this.#clock.now().getTime();
    await this.#unlisted.remove(store);
    await this.#lookForFiles();
    await this.lookForShared();
    const aged = await this.#byAge(now - policy.afterSeconds * 1000);
    // What is deleted by now must not count as too much.
    await compact(store);
    const surplus = await this.#bySize(now);
    const forgotten = await boundKubernetes(store, policy.kubernetesMaxBytes);
    if (forgotten > 0) log.info("the oldest of what Kubernetes told deleted", { rows: forgotten });
    if (surplus.rows + forgotten > 0) await compact(store);
    const moved = {
      rows: aged.rows + surplus.rows,
      files: aged.files + surplus.files,
      bytes: aged.bytes + surplus.bytes,
    };
    await this.#merge(now);
    await this.#expire(now);
    store.archive.publishList(await archiveFiles(store));
    this.#rows.inc(moved.rows);
    this.#runs.inc({ result: "ok" });
    if (moved.rows > 0) log.info("history archived", { ...moved });
    return moved;
  }

  /** Has the view leave out files that are gone, and show those that came back. */
  async #lookForFiles(): Promise<void> {
    const { store, log } = this.#options;
    const missing = missingFiles(store, await archiveFiles(store));
    if (missing.join() === this.#missing.join()) return;
    await store.showArchive();
    this.#missing = missing;
    if (missing.length > 0) log.error("files of the archive are missing; the history lacks them", { missing });
  }

  /** Has the view show another replica's files as they are now. */
  async lookForShared(): Promise<void> {
    const { store, log } = this.#options;
    const files = store.archive.shared?.files() ?? [];
    const now = files.map(({ path }) => path).join();
    if (now === this.#shared || !store.isOpen) return;
    try {
      await store.showArchive();
      this.#shared = now;
      const days = new Set(files.map(({ day }) => day));
      const missing = (await store.read("shared_days"))
        .map((row) => String(row["day"]))
        .filter((day) => !days.has(day));
      if (missing.length > 0)
        log.error("days are missing in the other replica's archive; the history lacks them", { missing });
    } catch (error) {
      log.warn("the other replica's archive could not be looked at", { error });
    }
  }

  #byAge(before: number): Promise<RolledOver> {
    return this.#roll(before, ROWS_A_RUN, new Date(before - LEFT_TO_OTHERS_MS));
  }

  async #roll(before: number, limit: number, leaveAfter?: Date): Promise<RolledOver> {
    const { store, signal } = this.#options;
    const time = new Date(Math.min(before, this.#clock.now().getTime() - MIN_AGE_MS));
    return rollOver(store, { before: time, limit, signal, now: () => this.#clock.now(), leaveAfter });
  }

  async #bySize(now: number): Promise<RolledOver> {
    const { store, policy } = this.#options;
    const { bytes, rows } = await tableSize(store, "recent_history");
    if (bytes <= policy.maxBytes) return { rows: 0, files: 0, bytes: 0 };
    const surplus = Math.ceil(rows * (1 - (ROOM * policy.maxBytes) / bytes));
    return this.#roll(now, Math.min(surplus, ROWS_A_RUN));
  }

  async #merge(now: number): Promise<void> {
    const { store, signal, policy } = this.#options;
    // Later rows of a day may still come until all that ended on it is old enough.
    const over = dayOf(now - policy.afterSeconds * 1000);
    while (!signal.aborted && (await mergeOne(store, over, this.#clock.now())));
  }

  async #expire(now: number): Promise<void> {
    const { store, log, policy } = this.#options;
    const before = new Date(now - policy.retentionSeconds * 1000);
    const gone = await expire(store, dayOf(before.getTime()));
    if (gone.length > 0) log.info("old history deleted", { days: [...new Set(gone.map(({ day }) => day))] });
    await store.write(async (transaction) => {
      await transaction.run("forget_shared_history", { day: dayOf(before.getTime()) });
      await transaction.run("forget_service_deployments", { before });
      await transaction.run("forget_service_revisions", { before });
    }, "even on a full disk");
  }
}

function dayOf(time: number): string {
  return new Date(Math.floor(time / DAY_MS) * DAY_MS).toISOString().slice(0, 10);
}
