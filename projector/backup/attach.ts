import { DuckDBTimestampType } from "@duckdb/node-api";
import { mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Logger } from "#lib/log.ts";
import { toDisk } from "../archive/archive-folder.ts";
import { archiveFiles, missingFiles } from "../archive/partitions.ts";
import { addFile } from "../archive/roll-over.ts";
import { statement } from "../archive/templates.ts";
import { showArchive } from "../archive/archive-view.ts";
import { timestampValue } from "../session.ts";
import type { Store } from "../store.ts";

/** What the history does not have of a file. */
interface Unknown {
  readonly rows: number;
  readonly unknown: number;
  readonly first: string;
  readonly last: string;
}

/** Files of the archive's folder that the database does not list, the largest first: merged ones before their parts. */
export async function unlistedFiles(store: Store): Promise<string[]> {
  const listed = new Set((await archiveFiles(store)).map(({ path }) => path));
  const unlisted = store.archive.list().filter((path) => !listed.has(path));
  return unlisted.toSorted((a, b) => store.archive.bytesOf(b) - store.archive.bytesOf(a));
}

/** Takes files off the list that are there no more: merged since, or deleted. */
export async function dropMissingFiles(store: Store): Promise<void> {
  const gone = missingFiles(store, await archiveFiles(store));
  await store.write(async (transaction) => {
    await transaction.run("drop_archive_files", { paths: gone });
    await showArchive(transaction.session.connection, store.archive);
  });
}

/**
 * Brings what the archive's folder has, and the history has not, into the history, each row once: files as they are
 * where all of their rows are new to it, else the new rows in a file of their own.
 * @param until changes after this time are left out
 * @returns rows that were brought in
 */
export async function attachFiles(store: Store, log: Logger, until: Date): Promise<number> {
  let rows = 0;
  for (const path of await unlistedFiles(store)) {
    try {
      rows += await attachFile(store, path, until);
    } catch (error) {
      log.error("file of the archive cannot be read; it is left out", { file: store.archive.fileOf(path), error });
    }
  }
  return rows;
}

async function attachFile(store: Store, path: string, until: Date): Promise<number> {
  const { rows, unknown, first, last } = await unknownOf(store, path, until);
  if (unknown === 0) return 0;
  const day = /day=(\d{4}-\d\d-\d\d)/.exec(path)?.[1] ?? "1970-01-01";
  const now = new Date();
  const { archive } = store;
  let listed = path;
  if (unknown < rows) {
    listed = archive.nameFor(day, { epoch: await store.epoch(), first, last, now });
    const from = archive.fileOf(path);
    await store.borrow((connection) =>
      archive.publish(listed, (file) =>
        connection.run(
          statement("write_unknown", { from, file, until: until.toISOString().replace("Z", ""), ...archive.parquet }),
        ),
      ),
    );
  }
  await store.write(async (transaction) => {
    await addFile(transaction, store, { path: listed, day, rows: unknown, first, last, now });
    await transaction.run("raise_history_floor", { position: last });
    await showArchive(transaction.session.connection, archive);
  });
  return unknown;
}

async function unknownOf(store: Store, path: string, until: Date): Promise<Unknown> {
  const file = store.archive.fileOf(path);
  const [row] = await store.borrow(async (connection) => {
    const reader = await connection.runAndReadAll(
      statement("unknown_positions", { file, ...store.archive.parquet }),
      { until: timestampValue(until) },
      { until: DuckDBTimestampType.instance },
    );
    return reader.getRowObjectsJson();
  });
  return {
    rows: Number(row?.["rows"]),
    unknown: Number(row?.["unknown"]),
    first: row?.["first"] as string,
    last: row?.["last"] as string,
  };
}

/** Moves files that no database lists any more into a folder of the archive's where nobody looks for any. */
export async function setAsideFiles(store: Pick<Store, "archive">, paths: readonly string[], now: Date): Promise<void> {
  const { archive } = store;
  const aside = join(archive.path, `aside-${now.toISOString().replaceAll(/[:.]/g, "-")}`);
  for (const path of paths) {
    mkdirSync(dirname(join(aside, path)), { recursive: true, mode: 0o700 });
    renameSync(archive.fileOf(path), join(aside, path));
  }
  if (paths.length > 0) await toDisk(archive.path);
}
