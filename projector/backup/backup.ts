import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Logger } from "#lib/log.ts";
import { toDisk } from "../archive/archive-folder.ts";
import { statement } from "../archive/templates.ts";
import type { ParquetOptions } from "../encryption/parquet-files.ts";
import type { Store } from "../store.ts";
import {
  type Backup,
  type BackupManifest,
  type BackupTable,
  backupName,
  beginBackup,
  listBackups,
  MANIFEST,
} from "./backup-folder.ts";
import { BackupError } from "./backup-errors.ts";
import { checkBackup } from "./load.ts";
import { fileOfTable, fingerprint, storedTables } from "./tables.ts";

/** Copy and check take about as much as the database itself, each. */
const ROOM_FACTOR = 2;

/**
 * Copies the database as it stands at one moment into a folder of its own, while reads and writes go on, and checks
 * it by restoring it: rows and hash of every table have to come out the same.
 * @throws BackupError where there is no room for it, or what was written is not what was read
 */
export async function createBackup(store: Store, log: Logger, createdAt: Date): Promise<Backup> {
  await checkRoom(store);
  const name = backupName(createdAt);
  const path = beginBackup(store.backupDir, name);
  try {
    const manifest = await store.borrow((connection) =>
      copyTables(connection, { path, createdAt, ...store.archive.parquet }),
    );
    await checkBackup({ path, manifest }, log, store.encryption);
    await finish(path, manifest);
    renameSync(path, join(store.backupDir, name));
    await toDisk(store.backupDir);
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
  const backup = listBackups(store.backupDir).find((each) => each.name === name);
  if (backup === undefined) throw new BackupError(`The backup ${name} was removed while it was made.`);
  return backup;
}

async function checkRoom(store: Store): Promise<void> {
  const needed = store.fileBytes * ROOM_FACTOR;
  mkdirSync(store.backupDir, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(store.backupDir);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new BackupError(
    `There is no room for a backup: it may take ${megabytes(needed)} MB, of which ${store.backupDir} has ${megabytes(free)} free.`,
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

interface Copy extends ParquetOptions {
  readonly path: string;
  readonly createdAt: Date;
}

async function copyTables(connection: DuckDBConnection, { path, createdAt, writing }: Copy): Promise<BackupManifest> {
  await connection.run("BEGIN TRANSACTION");
  try {
    const tables: BackupTable[] = [];
    for (const table of await storedTables(connection)) {
      const { name, columns } = table;
      await connection.run(statement("copy_table", { table: name, columns, file: fileOfTable(path, name), writing }));
      tables.push({ ...table, ...(await fingerprint(connection, table)) });
    }
    const [about] = (await connection.runAndReadAll(statement("about"))).getRowObjectsJson();
    return {
      format: 1,
      createdAt: createdAt.toISOString(),
      epoch: about?.["epoch"] as string,
      head: about?.["head"] as string,
      duckdb: about?.["duckdb"] as string,
      schemaVersion: Number(about?.["schema_version"]),
      tables,
    };
  } finally {
    await connection.run("ROLLBACK").catch(() => undefined);
  }
}

async function finish(path: string, manifest: BackupManifest): Promise<void> {
  writeFileSync(join(path, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const file of readdirSync(path)) {
    chmodSync(join(path, file), 0o600);
    await toDisk(join(path, file));
  }
  await toDisk(path);
}
