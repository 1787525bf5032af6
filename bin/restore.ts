import { join } from "node:path";
import { loadConfig } from "#lib/config.ts";
import { createLogger } from "#lib/log.ts";
import { pointInTime } from "#lib/point-in-time.ts";
import { readEncryption } from "#projector/encryption/encryption.ts";
import { restore } from "#projector/backup/restore.ts";

/** What `kecs restore` is told. */
export interface RestoreArguments {
  readonly at?: string | undefined;
  readonly backup?: string | undefined;
  readonly dataDir?: string | undefined;
}

/**
 * Restores the database of a gateway that is stopped; where its folders are, the gateway's own settings say.
 * @returns what was done, for people
 * @throws Error that says why it was not
 */
export async function restoreCommand({ at: text, backup, dataDir }: RestoreArguments): Promise<string> {
  const config = loadConfig({ ...process.env, ...(dataDir !== undefined && { KECS_DATA_DIR: dataDir }) });
  const at = text === undefined ? undefined : pointInTime(text, new Date());
  if (text !== undefined && at === undefined) throw new Error(`--at: "${text}" is no time`);
  const done = await restore({
    dataDir: config.dataDir,
    archiveDir: config.archiveDir ?? join(config.dataDir, "archive"),
    backupDir: config.backupDir ?? join(config.dataDir, "backups"),
    encryption: readEncryption(config),
    identity: { region: config.region, accountId: config.accountId },
    log: createLogger({ level: "warn", format: "text", component: "restore" }),
    ...(at !== undefined && { at }),
    ...(backup !== undefined && { backup }),
  });
  const { changes, last, replayed, attached, aside } = done;
  const lines = [
    `restored: ${changes} changes, the last of ${last?.toISOString() ?? "no time"}`,
    `  from ${done.backup === undefined ? "no backup" : `backup ${done.backup}`}, ${replayed} changes after it, ${attached} of the archive that it did not list`,
    ...(aside === undefined ? [] : [`  the file that was in use is kept as ${aside}`]),
    "start the gateway: it brings the view up to the cluster",
  ];
  return lines.join("\n");
}
