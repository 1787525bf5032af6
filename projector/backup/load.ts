import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Registry } from "prom-client";
import type { Logger } from "#lib/log.ts";
import { statement } from "../archive/templates.ts";
import type { DatabaseLimits } from "../database-file.ts";
import type { Encryption } from "../encryption/encryption.ts";
import { loadMigrations } from "../sql-files.ts";
import { openStore, type Store } from "../store.ts";
import type { Backup } from "./backup-folder.ts";
import { fileOfTable, fingerprint } from "./tables.ts";

/** A backup that does not hold what it says it does, or cannot be read. */
export class BackupDamagedError extends Error {
  override readonly name = "BackupDamagedError";
}

type Source = Pick<Backup, "path" | "manifest">;

/** For work beside a gateway that has its own, or in its place. */
export const WORK_LIMITS: DatabaseLimits = { memoryLimit: "256MB", threads: 1 };

export interface LoadOptions {
  /** Folder in which the database file is made. */
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly log: Logger;
  readonly limits?: DatabaseLimits;
  readonly encryption?: Encryption | undefined;
}

/**
 * Makes a database file of a backup, in the schema that it was taken in, and checks that it holds the same. It is
 * open when it is given back, and brought up to date when it is opened again.
 * @throws BackupDamagedError where it does not come out the same
 */
export async function loadBackup({ path, manifest }: Source, options: LoadOptions): Promise<Store> {
  const migrations = loadMigrations();
  if (manifest.schemaVersion > migrations.length) {
    throw new BackupDamagedError(`The backup ${path} is of a newer release, whose schema this one does not know.`);
  }
  const store = await openStore({
    dataDir: options.dataDir,
    archiveDir: options.archiveDir,
    backupDir: dirname(path),
    limits: options.limits ?? WORK_LIMITS,
    encryption: options.encryption,
    // It is not the gateway's metrics that this belongs to.
    metrics: new Registry(),
    log: options.log,
    scratch: true,
    migrations: migrations.slice(0, manifest.schemaVersion),
  });
  try {
    await fill(store, { path, manifest });
    return store;
  } catch (error) {
    store.close();
    if (error instanceof BackupDamagedError) throw error;
    throw new BackupDamagedError(`The backup ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function fill(store: Store, { path, manifest }: Source): Promise<void> {
  const { duckdb } = manifest;
  await store.write(async ({ session: { connection } }) => {
    const [about] = (await connection.runAndReadAll(statement("about"))).getRowObjectsJson();
    for (const table of manifest.tables) {
      const { name, columns, rows, hash } = table;
      await connection.run(statement("empty_table", { table: name }));
      await connection.run(
        statement("load_table", { table: name, columns, file: fileOfTable(path, name), ...store.archive.parquet }),
      );
      const found = await fingerprint(connection, table);
      // Another release of DuckDB may hash otherwise.
      const same = found.rows === rows && (found.hash === hash || about?.["duckdb"] !== duckdb);
      if (!same) throw new BackupDamagedError(`The backup ${path} has another content of ${name} than was copied.`);
    }
  });
}

/** Restores a backup into a scratch database beside it, which is removed again. @throws BackupDamagedError */
export async function checkBackup(backup: Source, log: Logger, encryption?: Encryption): Promise<void> {
  const dataDir = join(backup.path, "check");
  mkdirSync(dataDir, { mode: 0o700 });
  try {
    (
      await loadBackup(backup, {
        dataDir,
        archiveDir: join(dataDir, "archive"),
        log: log.child({ part: "backup" }),
        encryption,
      })
    ).close();
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
