import { statfs } from "node:fs/promises";
import { backoffMs, type Clock, pause, systemClock } from "#lib/kube/clock.ts";
import type { Logger } from "#lib/log.ts";
import { measured, type Metrics } from "#lib/metrics.ts";

export interface DiskSpaceOptions {
  readonly folder: string;
  /** Bytes that stay free: below, writes wait, so that DuckDB never runs into the end of the disk. */
  readonly reserveBytes: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

const BACKOFF = { baseMs: 500, maxMs: 10_000 };

/** Has writes wait while the disk is full. What waits is in Kubernetes, so nothing is lost by it. */
export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  readonly #clock: Clock;
  #free = Number.POSITIVE_INFINITY;
  #fullSince: Date | undefined;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { metrics } = options;
    measured(metrics, { name: "kecs_db_disk_free_bytes", help: "Bytes free where the database file is" }, () =>
      this.freeBytes(),
    );
    measured(metrics, { name: "kecs_db_disk_full", help: "1 while writes wait for space on the disk" }, () =>
      this.#fullSince === undefined ? 0 : 1,
    );
  }

  /** Since when writes wait; undefined while there is room. */
  get fullSince(): Date | undefined {
    return this.#fullSince;
  }

  /** Bytes that are free; infinite where the file system does not say. */
  async freeBytes(): Promise<number> {
    try {
      const { bavail, bsize } = await statfs(this.#options.folder);
      this.#free = bavail * bsize;
    } catch {
      this.#free = Number.POSITIVE_INFINITY;
    }
    return this.#free;
  }

  /** A write failed for want of space, whatever the file system says is free. */
  noteFull(): void {
    this.#setFull();
  }

  /**
   * Waits until there is room.
   * @throws Error when `signal` aborts first
   */
  async room(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures++) {
      if (await this.#hasRoom()) return;
      this.#setFull();
      await pause(backoffMs(failures, BACKOFF), signal, this.#clock);
      if (signal.aborted) throw new Error("The disk was full until the database was closed.");
    }
  }

  async #hasRoom(): Promise<boolean> {
    const { reserveBytes, log, folder } = this.#options;
    // To ask takes a hundredth of what a commit does.
    if ((await this.freeBytes()) < reserveBytes) return false;
    if (this.#fullSince !== undefined) {
      log.info("there is room on the disk again; writes go on", { folder, since: this.#fullSince });
      this.#fullSince = undefined;
    }
    return true;
  }

  #setFull(): void {
    if (this.#fullSince !== undefined) return;
    const { folder, reserveBytes, log } = this.#options;
    this.#fullSince = this.#clock.now();
    log.error("disk full: writes to the database wait, reads go on", { folder, free: this.#free, reserveBytes });
  }
}
