import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** One table of a backup: its rows as Parquet, and what they have to come to when they are read again. */
export interface BackupTable {
  readonly name: string;
  /** Those that are stored, in order. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** A sum over the rows' hashes, by DuckDB's own function. */
  readonly hash: string;
}

/** `backup.json`: what a backup is of. It is written last, so a folder that has it is whole. */
export interface BackupManifest {
  readonly format: 1;
  readonly createdAt: string;
  /** Which history it is of, and the position of its last change. */
  readonly epoch: string;
  readonly head: string;
  readonly duckdb: string;
  /** Migrations that had been applied. */
  readonly schemaVersion: number;
  readonly tables: readonly BackupTable[];
}

/** A backup that is there. */
export interface Backup {
  readonly name: string;
  readonly path: string;
  readonly createdAt: Date;
  readonly bytes: number;
  readonly manifest: BackupManifest;
}

export const MANIFEST = "backup.json";
/** `2026-11-25T14-16-00-123Z` */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/;
/** Of what is being written, or was when the process was killed. */
const UNFINISHED = /^\.\d{4}-.*\.tmp$/;

export function backupName(createdAt: Date): string {
  return createdAt.toISOString().replaceAll(/[:.]/g, "-");
}

export function unfinishedName(name: string): string {
  return `.${name}.tmp`;
}

/** The backups of a folder, newest first; what is no whole backup of a format that we know is left out. */
export function listBackups(folder: string): Backup[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => NAME.test(name))
    .sort()
    .toReversed()
    .flatMap((name) => readBackup(folder, name) ?? []);
}

function readBackup(folder: string, name: string): Backup | undefined {
  const path = join(folder, name);
  const file = join(path, MANIFEST);
  if (!existsSync(file)) return undefined;
  const manifest = parsed(readFileSync(file, "utf8"));
  if (manifest?.format !== 1) return undefined;
  const bytes = readdirSync(path).reduce((sum, each) => sum + statSync(join(path, each)).size, 0);
  return { name, path, createdAt: new Date(manifest.createdAt), bytes, manifest };
}

function parsed(text: string): BackupManifest | undefined {
  try {
    return JSON.parse(text) as BackupManifest;
  } catch {
    return undefined;
  }
}

/** Removes all backups but the newest `keep`, and what was never finished; nobody may be writing one. */
export function pruneBackups(folder: string, keep: number): string[] {
  const gone = listBackups(folder).slice(keep);
  for (const { path } of gone) rmSync(path, { recursive: true, force: true });
  return gone.map(({ name }) => name);
}

/** An empty folder for a new backup, under a name that nobody takes for one. */
export function beginBackup(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const left of readdirSync(folder).filter((each) => UNFINISHED.test(each))) {
    rmSync(join(folder, left), { recursive: true, force: true });
  }
  const path = join(folder, unfinishedName(name));
  mkdirSync(path, { mode: 0o700 });
  return path;
}
