import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { Identity } from "#lib/ecs/arns.ts";
import type { Logger } from "#lib/log.ts";
import { toDisk } from "../archive/archive-folder.ts";
import { DATABASE_FILE, type DatabaseLimits } from "../database-file.ts";
import type { Encryption } from "../encryption/encryption.ts";
import { dateOf } from "../session.ts";
import { openStore, type Store } from "../store.ts";
import { attachFiles, dropMissingFiles, unlistedFiles } from "./attach.ts";
import type { Backup } from "./backup-folder.ts";
import type { LaterChanges } from "./later-changes.ts";
import { loadBackup } from "./load.ts";
import { replay } from "./replay.ts";

export interface RebuildOptions {
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly backupDir: string;
  readonly identity: Identity;
  readonly log: Logger;
  readonly limits?: DatabaseLimits;
  readonly encryption?: Encryption | undefined;
  /** What it begins with; without one with an empty database. */
  readonly backup: Backup | undefined;
  /** What is done again on top of that. */
  readonly later?: (store: Store) => Promise<LaterChanges>;
  /** Changes after this time are left out. */
  readonly until: Date;
  /** False: files of the archive that the backup does not list are of another history. */
  readonly attach?: boolean;
}

/** A database file that was made beside the one in use. */
export interface Rebuilt {
  /** Changes that were done again, and those that the archive had. */
  readonly replayed: number;
  readonly attached: number;
  /** Changes in its history. */
  readonly changes: number;
  /** Time of the last of them. */
  readonly last: Date | undefined;
  /** Files of the archive that it does not list. */
  readonly leftovers: readonly string[];
}

/** Later than any change; DuckDB reads no years of five digits. */
export const END_OF_TIME = new Date("9999-12-31T00:00:00Z");

/** Folder in the data directory for the file that is being made. */
const WORK = "restoring";

/**
 * Makes a database file of a backup, later changes and the archive, under a temporary name; {@link putInPlace} gives
 * it its own. Its history counts as another one from here on, because positions after its end are given anew.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { dataDir, archiveDir, backupDir, backup, log, until } = options;
  const work = join(dataDir, WORK);
  rmSync(work, { recursive: true, force: true });
  if (backup !== undefined) (await loadBackup(backup, { ...options, dataDir: work })).close();
  const store = await openStore({
    dataDir: work,
    archiveDir,
    backupDir,
    scratch: true,
    log,
    metrics: new Registry(),
    encryption: options.encryption,
    ...(options.limits !== undefined && { limits: options.limits }),
  });
  try {
    const later = await options.later?.(store);
    const after = backup?.manifest.head ?? "0";
    const replayed = later === undefined ? 0 : await replay(store, later, { ...options, after });
    await dropMissingFiles(store);
    const attached = options.attach === false ? 0 : await attachFiles(store, log, until);
    const epoch = String(Date.now());
    await store.write(async (transaction) => {
      await transaction.run("begin_history", { epoch });
      // What the watch would tell after the backup is in the history already: a list tells what is new.
      if (replayed > 0) await transaction.run("forget_watch_positions", {});
    });
    const [sum] = await store.read("history_extent");
    await store.checkpoint();
    return {
      replayed,
      attached,
      changes: Number(sum?.["changes"]),
      last: dateOf(sum?.["last_change"]),
      leftovers: await unlistedFiles(store),
    };
  } finally {
    store.close();
  }
}

/** Removes what was made and is not wanted. */
export function discard(dataDir: string): void {
  rmSync(join(dataDir, WORK), { recursive: true, force: true });
}

/** Gives the file that was made its name; there must be none of that name. */
export async function putInPlace(dataDir: string): Promise<void> {
  const work = join(dataDir, WORK);
  for (const suffix of [".wal", ""]) {
    const made = join(work, DATABASE_FILE + suffix);
    if (existsSync(made)) renameSync(made, join(dataDir, DATABASE_FILE + suffix));
  }
  rmSync(work, { recursive: true, force: true });
  await toDisk(dataDir);
}
