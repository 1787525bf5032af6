import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Logger } from "#lib/log.ts";
import { putFile, TEMPORARY, toDisk } from "../archive/archive-folder.ts";
import { statement } from "../archive/templates.ts";
import {
  DATABASE_FILE,
  DatabaseLockedError,
  type DatabaseLimits,
  makePrivate,
  settingsOf,
  whyUnopened,
} from "../database-file.ts";
import { attach, openKeyring } from "./encrypted-database.ts";
import { type Encryption, EncryptionError } from "./encryption.ts";
import { parquetKind, type ParquetOptions, parquetOptions, PREVIOUS_KEY } from "./parquet-files.ts";

export interface FilesToRekey {
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly backupDir: string;
  readonly limits: DatabaseLimits;
  readonly log: Logger;
}

/** Files that were written anew. */
export interface RekeyedFiles {
  readonly database: boolean;
  readonly parquet: number;
}

/** Folder in the data directory for the database that is being made. */
const WORK = "rekeying";

/**
 * What has to be done before a database is opened: with keys all files are brought under the one in use, without any none
 * may need one.
 * @throws DatabaseLockedError where another process has the database
 * @throws EncryptionError where the key opens nothing of what is encrypted, or there is none
 */
export async function prepareFiles(files: FilesToRekey, encryption: Encryption | undefined): Promise<void> {
  if (encryption !== undefined) {
    await rekeyFiles(files, encryption);
    return;
  }
  const encrypted = [files.archiveDir, files.backupDir]
    .flatMap(parquetFiles)
    .find((file) => parquetKind(file) === "encrypted");
  if (encrypted === undefined) return;
  throw new EncryptionError(`${encrypted} is encrypted: KECS_DB_ENCRYPTION_KEY_FILE has to name the file of its key.`);
}

/**
 * Brings the database file, the archive and the backups under the key in use: what is plain, or under the previous key,
 * is written anew, each file under another name first. Without a key in use, all becomes plain. Killed in the middle, it
 * goes on where it was. Nobody else may have them open.
 * @throws DatabaseLockedError where another process has the database
 * @throws EncryptionError where the key opens nothing of what is encrypted
 */
export async function rekeyFiles(files: FilesToRekey, encryption: Encryption): Promise<RekeyedFiles> {
  const { dataDir, limits, log } = files;
  makePrivate(dataDir);
  const keyring = await openKeyring(settingsOf(dataDir, limits), encryption);
  const connection = await keyring.connect();
  try {
    const database = await rekeyDatabase(connection, join(dataDir, DATABASE_FILE), encryption);
    const parquet = await rekeyParquet(connection, files, encryption);
    if (database || parquet > 0)
      log.info("files written anew", { encrypted: encryption.key !== undefined, database, parquet });
    const aside = plainAside(dataDir);
    if (database && aside.length > 0) log.warn("files that were set aside stay as they are; delete them", { aside });
    return { database, parquet };
  } finally {
    connection.closeSync();
    keyring.closeSync();
  }
}

async function rekeyDatabase(connection: DuckDBConnection, file: string, encryption: Encryption): Promise<boolean> {
  const work = join(dirname(file), WORK);
  rmSync(work, { recursive: true, force: true });
  if (!existsSync(file)) return false;
  const from = await opens(connection, file, encryption);
  if (from === undefined) return false;
  mkdirSync(work, { mode: 0o700 });
  const made = join(work, DATABASE_FILE);
  await attach(connection, { file: made, name: "made", key: encryption.key });
  await connection.run("COPY FROM DATABASE found TO made");
  await connection.run("CHECKPOINT made");
  await connection.run("DETACH made");
  await toDisk(made);
  // So that no write-ahead log of the old file stays, which would be taken for one of the new.
  await connection.run("CHECKPOINT found");
  await connection.run("DETACH found");
  chmodSync(made, 0o600);
  renameSync(made, file);
  await toDisk(dirname(file));
  rmSync(work, { recursive: true, force: true });
  return true;
}

/**
 * Attaches a file as `found` where it has to be written anew.
 * @returns undefined where it has the key already, or cannot be read at all: whoever opens it next deals with that
 */
async function opens(
  connection: DuckDBConnection,
  file: string,
  { key, previousKey }: Encryption,
): Promise<"plain" | "previous" | undefined> {
  const tried = await attachFound(connection, file, key);
  if (tried === undefined) {
    await connection.run("DETACH found");
    return undefined;
  }
  if (!(tried instanceof EncryptionError)) return undefined;
  if (key !== undefined && (await attachFound(connection, file, undefined)) === undefined) return "plain";
  if (previousKey === undefined) throw tried;
  const again = await attachFound(connection, file, previousKey);
  if (again !== undefined) throw again;
  return "previous";
}

/** @returns why it could not be; @throws DatabaseLockedError */
async function attachFound(connection: DuckDBConnection, file: string, key: string | undefined): Promise<unknown> {
  try {
    await attach(connection, { file, name: "found", key });
    return undefined;
  } catch (error) {
    const why = whyUnopened(file, error);
    if (why instanceof DatabaseLockedError) throw why;
    return why;
  }
}

async function rekeyParquet(
  connection: DuckDBConnection,
  { archiveDir, backupDir, log }: FilesToRekey,
  encryption: Encryption,
): Promise<number> {
  const folders = [archiveDir, backupDir];
  removeUnfinished(folders);
  const files = folders.flatMap(parquetFiles);
  const closed: string[] = [];
  let opened = 0;
  let written = 0;
  for (const file of files) {
    const from = await sourceOf(connection, file, encryption);
    if (from === "current") opened++;
    else if (from === "unreadable") closed.push(file);
    else if (from !== undefined) {
      await writeAnew(connection, { file, from, to: parquetOptions(encryption.key !== undefined) });
      written++;
      if (written % PROGRESS === 0) log.info("writing the archive anew", { written, of: files.length });
    }
  }
  const [example] = closed;
  if (example === undefined) return written;
  if (opened + written === 0) {
    throw new EncryptionError(
      `${example} and all others that are encrypted were written with another key than that of KECS_DB_ENCRYPTION_KEY_FILE. Give the one that they were written with, or name its file in KECS_DB_ENCRYPTION_PREVIOUS_KEY_FILE.`,
    );
  }
  log.error("files cannot be read with the key", { files: closed });
  return written;
}

/** Files between which it says how far it is. */
const PROGRESS = 50;

/** With what a file can be read; undefined where it is no Parquet file, which is not for here to mend. */
async function sourceOf(
  connection: DuckDBConnection,
  file: string,
  { key, previousKey }: Encryption,
): Promise<"current" | "plain" | "previous" | "unreadable" | undefined> {
  const kind = parquetKind(file);
  if (kind !== "encrypted") return kind === "plain" && key === undefined ? "current" : kind;
  const can = (reading: string): Promise<boolean> =>
    connection.run(statement("open_file", { file, reading })).then(
      () => true,
      () => false,
    );
  if (key !== undefined && (await can(parquetOptions(true).reading))) return "current";
  return previousKey !== undefined && (await can(parquetOptions(true, PREVIOUS_KEY).reading))
    ? "previous"
    : "unreadable";
}

interface Anew {
  readonly file: string;
  readonly from: "plain" | "previous";
  readonly to: ParquetOptions;
}

async function writeAnew(connection: DuckDBConnection, { file, from, to }: Anew): Promise<void> {
  const { reading } = parquetOptions(from === "previous", PREVIOUS_KEY);
  await putFile(file, (made) =>
    connection.run(statement("rekey_file", { from: file, file: made, reading, writing: to.writing })),
  );
}

function parquetFiles(folder: string): string[] {
  return filesOf(folder, ".parquet");
}

/** What was half written when the process was killed. */
function removeUnfinished(folders: readonly string[]): void {
  for (const file of folders.flatMap((folder) => filesOf(folder, `.parquet${TEMPORARY}`))) rmSync(file);
}

/** Files of a folder and those in it, by the end of their names. */
function filesOf(folder: string, end: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(end)).map((name) => join(folder, name));
}

/** Database files that could not be used, or were replaced when one was restored. */
function plainAside(dataDir: string): string[] {
  return readdirSync(dataDir)
    .filter((name) => name.startsWith(`${DATABASE_FILE}.2`))
    .map((name) => join(dataDir, name));
}
