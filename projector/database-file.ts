import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { chmodSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type Database, encryptionError, openEncrypted, setUp } from "./encryption/encrypted-database.ts";
import { type Encryption, EncryptionError } from "./encryption/encryption.ts";
import { quoted } from "./quoted.ts";

export const DATABASE_FILE = "kecs.duckdb";

/** Another process has the file open. */
export class DatabaseLockedError extends Error {
  override readonly name = "DatabaseLockedError";
}

export interface DatabaseLimits {
  /** Memory that DuckDB may use, for example `512MB`; more spills to disk. */
  readonly memoryLimit: string;
  readonly threads: number;
}

/** A database file, and what else may be read and written through it. */
export interface DatabasePlace {
  /** Of the file. */
  readonly folder: string;
  /** Folders beside it that statements may read and write: the archive's and the backups'. */
  readonly allowed?: readonly string[];
  /** Without it, it is plain. */
  readonly encryption?: Encryption | undefined;
}

/**
 * Opens (or creates) the database file in a folder; file and folder, and whatever the process
 * makes from here on, are readable by their owner alone. DuckDB is
 * kept from reaching for other files than those of `allowed`, and for the network.
 * @throws DatabaseLockedError where another process holds it
 * @throws EncryptionError where the key does not open it; any other error means that it cannot be read
 */
export async function openDatabaseFile(
  { folder, allowed = [], encryption }: DatabasePlace,
  limits: DatabaseLimits,
): Promise<Database> {
  makePrivate(folder);
  const file = join(folder, DATABASE_FILE);
  const log = `${file}.wal`;
  if (existsSync(log)) chmodSync(log, 0o600);
  let database: Database;
  try {
    const settings = settingsOf(folder, limits);
    const { key } = encryption ?? {};
    database = await (key === undefined
      ? DuckDBInstance.create(file, settings)
      : openEncrypted(file, settings, { ...encryption, key }));
  } catch (error) {
    throw whyUnopened(file, error);
  }
  chmodSync(file, 0o600);
  return setUp(database, (connection) => lockDown(connection, { allowed, encrypted: encryption?.key !== undefined }));
}

/** Makes a folder for its owner alone, as is whatever the process makes from here on. */
export function makePrivate(folder: string): void {
  // DuckDB makes files whenever it likes: the write-ahead log, what it spills, what it copies out.
  process.umask(0o077);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** What DuckDB is told when it opens a file in a folder. */
export function settingsOf(folder: string, limits: DatabaseLimits): Record<string, string> {
  return {
    memory_limit: limits.memoryLimit,
    threads: String(limits.threads),
    temp_directory: join(folder, "spill"),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // It writes the data's statistics of this moment into a plan (a column without NULL needs no IS NULL, a join of
    // four keys needs four places), and a prepared statement keeps its plan: later data would give wrong answers.
    disabled_optimizers: "statistics_propagation",
    // What is not checkpointed yet takes at least a block for each column of each table, at the usual 256 KiB 50 MB.
    default_block_size: "32768",
    // A checkpoint holds up the commit that brings it about, the longer the more there is to write: at 16 MB, which is
    // usual, 200 ms; at this, 65 ms. Each makes a row group of its own in every table, so it must not come too often, either.
    checkpoint_threshold: "2MB",
    // Within a checkpoint it writes row groups anew, up to hundreds of megabytes, while the commit that brought it
    // about waits; archive/compaction.ts does it in steps.
    max_vacuum_tasks: "0",
    // Else what its allocator has freed stays with the process until something is allocated again.
    allocator_background_threads: "true",
  };
}

/** The error of opening a file, as whoever has to act on it can tell it from others. */
export function whyUnopened(file: string, error: unknown): unknown {
  if (error instanceof EncryptionError) return error;
  if (!isLockConflict(error)) return encryptionError(file, error) ?? error;
  return new DatabaseLockedError(
    `${file} is in use by another process. Each gateway needs a data directory of its own (KECS_DATA_DIR).`,
    { cause: error },
  );
}

/**
 * Sets what only an open database takes; after it no statement reaches other files, or changes any setting.
 * @see https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
 */
async function lockDown(
  connection: DuckDBConnection,
  { allowed, encrypted }: { readonly allowed: readonly string[]; readonly encrypted: boolean },
): Promise<void> {
  const folders = allowed.map((folder) => quoted(`${folder}/`)).join(", ");
  // A query that was prepared would read the footers of all files of the archive once more when it runs. Of encrypted
  // files it keeps them without their key, and then ends with an internal error.
  if (!encrypted) await connection.run("SET GLOBAL parquet_metadata_cache = true");
  await connection.run(`SET allowed_directories = [${folders}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
}

/**
 * Moves the database file and its write-ahead log out of the way, keeping them under a name with the time.
 * @returns the new path of the file
 */
export function setAsideDatabaseFile(folder: string, now: Date): string {
  const file = join(folder, DATABASE_FILE);
  const stamp = now.toISOString().replaceAll(/[:.]/g, "-");
  let aside = `${file}.${stamp}`;
  for (let copy = 2; existsSync(aside); copy++) aside = `${file}.${stamp}-${copy}`;
  if (existsSync(`${file}.wal`)) renameSync(`${file}.wal`, `${aside}.wal`);
  if (existsSync(file)) renameSync(file, aside);
  return aside;
}

/** After such an error DuckDB answers nothing more until the file is opened again. */
export function isFatal(error: unknown): boolean {
  const message = messageOf(error);
  return /^(FATAL|INTERNAL) Error/.test(message) || message.includes("database has been invalidated");
}

/** There is no room on the disk. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT")) return true;
  return /No space left on device|Disk quota exceeded|Could not write all bytes|failed to offload data block/i.test(
    messageOf(error),
  );
}

/** DuckDB's own name for the kind of an error: `Constraint Error: …` → `Constraint`. */
export function errorType(error: unknown): string {
  return /^([A-Za-z ]{1,40}?) Error:/.exec(messageOf(error))?.[1] ?? "Other";
}

function isLockConflict(error: unknown): boolean {
  return /Could not set lock on file/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
