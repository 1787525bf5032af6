import { type Clock, pause, systemClock } from "#lib/kube/clock.ts";
import type { Logger } from "#lib/log.ts";
import { counter, histogram, measured, type Metrics } from "#lib/metrics.ts";
import type { Store } from "../store.ts";
import { type Backup, listBackups, pruneBackups } from "./backup-folder.ts";
import { createBackup } from "./backup.ts";
import { BackupRunningError } from "./backup-errors.ts";

export interface BackupsOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Seconds between backups; 0: only when asked for. */
  readonly intervalSeconds: number;
  /** Backups that are kept; older ones go when a new one is whole. */
  readonly keep: number;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** The schedule waits at least so long after a start and after a try, so that neither comes too often. */
const SOON_MS = 10 * 60_000;
const LOOK_EVERY_MS = 60_000;

/** Makes backups, one at a time: on a schedule, and when somebody asks. */
export class Backups {
  readonly #options: BackupsOptions;
  readonly #clock: Clock;
  readonly #runs;
  readonly #seconds;
  #running = false;
  /** Monotonic time before which the schedule tries nothing. */
  #notBefore: number;

  constructor(options: BackupsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#notBefore = this.#clock.monotonic() + Math.min(SOON_MS, options.intervalSeconds * 1000);
    const { metrics } = options;
    this.#runs = counter(metrics, {
      name: "kecs_backup_runs_total",
      help: "Backups that were made and checked, or failed",
      labelNames: ["result"],
    });
    for (const result of ["ok", "error"]) this.#runs.inc({ result }, 0);
    this.#seconds = histogram(metrics, {
      name: "kecs_backup_duration_seconds",
      help: "Time of making and checking a backup",
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900],
    });
    measured(
      metrics,
      {
        name: "kecs_backup_last_success_timestamp_seconds",
        help: "When the newest backup was taken, in seconds since 1970; 0: there is none",
      },
      () => (this.newest()?.createdAt.getTime() ?? 0) / 1000,
    );
  }

  list(): Backup[] {
    return listBackups(this.#options.store.backupDir);
  }

  newest(): Backup | undefined {
    return this.list()[0];
  }

  /**
   * Makes a backup now, and lets go of those that are too many.
   * @throws BackupRunningError while another one is made, BackupError where it cannot be
   */
  async create(): Promise<Backup> {
    if (this.#running) throw new BackupRunningError("A backup is being made already.");
    this.#running = true;
    const { store, log, keep } = this.#options;
    const end = this.#seconds.startTimer();
    try {
      const backup = await createBackup(store, log, this.#clock.now());
      const removed = pruneBackups(store.backupDir, keep);
      this.#runs.inc({ result: "ok" });
      log.info("backup made", { path: backup.path, bytes: backup.bytes, removed });
      return backup;
    } catch (error) {
      this.#runs.inc({ result: "error" });
      throw error;
    } finally {
      end();
      this.#running = false;
    }
  }

  /** Makes backups when they are due, until the signal; what fails is logged and tried again. */
  async keep(): Promise<void> {
    const { signal, intervalSeconds, log } = this.#options;
    if (intervalSeconds === 0) return;
    while (!signal.aborted) {
      await pause(Math.min(LOOK_EVERY_MS, intervalSeconds * 1000), signal, this.#clock);
      if (signal.aborted || this.#running || !this.#isDue()) continue;
      this.#notBefore = this.#clock.monotonic() + Math.min(SOON_MS, intervalSeconds * 1000);
      await this.create().catch((error: unknown) => log.error("backup failed; it is tried again", { error }));
    }
  }

  #isDue(): boolean {
    if (this.#clock.monotonic() < this.#notBefore) return false;
    const newest = this.newest();
    const age = this.#clock.now().getTime() - (newest?.createdAt.getTime() ?? 0);
    return age >= this.#options.intervalSeconds * 1000;
  }
}
