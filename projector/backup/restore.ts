import type { Identity } from "#lib/ecs/arns.ts";
import type { Logger } from "#lib/log.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { ArchiveFolder } from "../archive/archive-folder.ts";
import { DATABASE_FILE, DatabaseLockedError, setAsideDatabaseFile } from "../database-file.ts";
import { type Encryption, EncryptionError } from "../encryption/encryption.ts";
import { prepareFiles } from "../encryption/rekey-files.ts";
import { openStore, type Store } from "../store.ts";
import { setAsideFiles, unlistedFiles } from "./attach.ts";
import { type Backup, listBackups } from "./backup-folder.ts";
import { changesOfFiles, changesOfStore } from "./later-changes.ts";
import { WORK_LIMITS } from "./load.ts";
import { discard, END_OF_TIME, putInPlace, rebuild, type Rebuilt } from "./rebuild.ts";

/** What cannot be restored; the message is for whoever asked. */
export class RestoreError extends Error {
  override readonly name = "RestoreError";
}

export interface RestoreOptions {
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly backupDir: string;
  readonly identity: Identity;
  readonly log: Logger;
  readonly encryption?: Encryption | undefined;
  /** Name of the backup to restore, as it is; else the newest, and all that came after it. */
  readonly backup?: string;
  /** Up to this time; else all there is. */
  readonly at?: Date;
}

export interface Restored extends Rebuilt {
  /** Name of the backup that it began with. */
  readonly backup: string | undefined;
  /** Where the file is that was in use. */
  readonly aside: string | undefined;
}

/**
 * Puts a database file in place that is what it was at a time, as far as backups, the archive and the file in use
 * say; that file is kept beside it. The gateway has to be stopped, and brings it up to the cluster when it starts.
 * @throws DatabaseLockedError where the gateway runs
 * @throws EncryptionError where the key is missing, or another one
 * @throws RestoreError where there is nothing to restore
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { dataDir, at, encryption } = options;
  await prepareFiles({ limits: WORK_LIMITS, ...options }, encryption);
  const archive = new ArchiveFolder(options.archiveDir);
  const backup = chosen(options, archive);
  // After a backup of another history other things happened than file and archive say.
  const continued = backup === undefined || archive.continues(backup.manifest);
  const current = await openCurrent(options);
  const until = at ?? END_OF_TIME;
  let made: Rebuilt;
  try {
    const exact = !continued || (options.backup !== undefined && at === undefined);
    made = await rebuild({
      ...options,
      backup,
      attach: continued,
      until: exact ? (backup?.createdAt ?? until) : until,
      ...(!exact && { later: (store: Store) => laterChanges({ store, current, until }) }),
    });
  } finally {
    current?.close();
  }
  if (made.changes === 0) {
    discard(dataDir);
    throw new RestoreError(nothing(options));
  }
  const now = new Date();
  const used = existsSync(join(dataDir, DATABASE_FILE));
  const aside = used ? setAsideDatabaseFile(dataDir, now) : undefined;
  await putInPlace(dataDir);
  await setAsideFiles({ archive }, made.leftovers, now);
  return { ...made, backup: backup?.name, aside };
}

function chosen({ backupDir, backup: name, at }: RestoreOptions, archive: ArchiveFolder): Backup | undefined {
  const backups = listBackups(backupDir);
  if (name === undefined) {
    return backups.find(
      ({ createdAt, manifest }) => (at === undefined || createdAt <= at) && archive.continues(manifest),
    );
  }
  const found = backups.find((each) => each.name === name);
  if (found === undefined) {
    const names = backups.map((each) => each.name).join(", ") || "none";
    throw new RestoreError(`There is no backup ${name} in ${backupDir}. There are: ${names}.`);
  }
  if (at !== undefined && found.createdAt > at) {
    throw new RestoreError(`The backup ${name} is later than ${at.toISOString()}.`);
  }
  return found;
}

/** The file in use, which stays locked while it is open; undefined where there is none that can be read. */
async function openCurrent(options: RestoreOptions): Promise<Store | undefined> {
  const { dataDir, log } = options;
  if (!existsSync(join(dataDir, DATABASE_FILE))) return undefined;
  try {
    return await openStore({ ...options, scratch: true, metrics: new Registry() });
  } catch (error) {
    if (error instanceof DatabaseLockedError || error instanceof EncryptionError) throw error;
    log.warn("the database file in use cannot be read; backup and archive are all there is", { error });
    return undefined;
  }
}

interface Sources {
  readonly store: Store;
  readonly current: Store | undefined;
  readonly until: Date;
}

async function laterChanges({ store, current, until }: Sources) {
  if (current !== undefined) return changesOfStore(current, until);
  return changesOfFiles(store, await unlistedFiles(store), until);
}

function nothing({ at, backupDir, archiveDir }: RestoreOptions): string {
  const when = at === undefined ? "" : ` up to ${at.toISOString()}`;
  return `Nothing is known${when}: neither in the file in use nor in ${backupDir} or ${archiveDir}. Nothing was changed.`;
}
