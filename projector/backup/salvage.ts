import type { Identity } from "#lib/ecs/arns.ts";
import type { Logger } from "#lib/log.ts";
import { ArchiveFolder } from "../archive/archive-folder.ts";
import type { DatabaseLimits } from "../database-file.ts";
import type { Encryption } from "../encryption/encryption.ts";
import { setAsideFiles } from "./attach.ts";
import { type Backup, listBackups } from "./backup-folder.ts";
import { BackupDamagedError } from "./load.ts";
import { END_OF_TIME, putInPlace, rebuild } from "./rebuild.ts";

export interface SalvageOptions {
  readonly dataDir: string;
  readonly archiveDir: string;
  readonly backupDir: string;
  readonly identity: Identity;
  readonly log: Logger;
  readonly limits?: DatabaseLimits;
  readonly encryption?: Encryption | undefined;
}

/**
 * Where there is no database file: makes one of the newest backup of the same history that can be read, and of what
 * the archive has. The current state follows from the cluster. Nothing is made where there is neither.
 * @throws what the disk says
 */
export async function salvage(options: SalvageOptions): Promise<void> {
  const { dataDir, log } = options;
  const archive = new ArchiveFolder(options.archiveDir);
  const backups = listBackups(options.backupDir).filter(({ manifest }) => archive.continues(manifest));
  if (backups.length === 0 && archive.list().length === 0) return;
  const now = new Date();
  for (const backup of [...backups, undefined]) {
    const made = await tryOne(options, backup);
    if (made === undefined) continue;
    await putInPlace(dataDir);
    await setAsideFiles({ archive }, made.leftovers, now);
    const { attached, changes, last } = made;
    log.warn("history taken from backup and archive", { backup: backup?.name, attached, changes, last });
    return;
  }
}

async function tryOne(options: SalvageOptions, backup: Backup | undefined) {
  try {
    return await rebuild({ ...options, backup, until: END_OF_TIME });
  } catch (error) {
    if (!(error instanceof BackupDamagedError)) throw error;
    options.log.error("backup cannot be used", { backup: backup?.name, error });
    return undefined;
  }
}
