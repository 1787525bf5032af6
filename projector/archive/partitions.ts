import { dateOf } from "../session.ts";
import type { Store } from "../store.ts";
import { showArchive } from "./archive-view.ts";
import { addFile } from "./roll-over.ts";
import { statement } from "./templates.ts";

/** A file of the archive, as the database lists it. */
export interface ArchiveFile {
  readonly path: string;
  /** `2026-11-24` */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
  readonly firstPosition: string;
  readonly lastPosition: string;
  readonly writtenAt: Date;
}

/** A merged file's rows: sorting more takes too much memory. */
const MERGED_ROWS = 200_000;

/** The archive's files, oldest day first. */
export async function archiveFiles(store: Pick<Store, "read">): Promise<ArchiveFile[]> {
  const rows = await store.read("archive_files");
  return rows.map((row) => ({
    path: String(row["path"]),
    day: String(row["day"]),
    rows: Number(row["rows"]),
    bytes: Number(row["bytes"]),
    firstPosition: String(row["first_position"]),
    lastPosition: String(row["last_position"]),
    writtenAt: dateOf(row["written_at"]) ?? new Date(0),
  }));
}

/** Paths of those that somebody took away. */
export function missingFiles(store: Pick<Store, "archive">, files: readonly ArchiveFile[]): string[] {
  return files.filter(({ path }) => !store.archive.has(path)).map(({ path }) => path);
}

/**
 * Takes whole days before `day` out of the archive. The files themselves are removed later, by {@link Unlisted},
 * because queries may be reading them.
 * @returns what went
 */
export async function expire(store: Store, day: string): Promise<ArchiveFile[]> {
  const old = (await archiveFiles(store)).filter((file) => file.day < day);
  if (old.length > 0) await replaceFiles(store, old);
  return old;
}

/**
 * Makes one file of several small ones of a day that is over.
 * @param before days before this one
 * @returns whether there was anything to do, and so may be more
 */
export async function mergeOne(store: Store, before: string, now: Date): Promise<boolean> {
  const group = mergeable((await archiveFiles(store)).filter(({ day }) => day < before));
  if (group === undefined) return false;
  const { archive } = store;
  const [{ day }] = group;
  const positions = group.flatMap((file) => [BigInt(file.firstPosition), BigInt(file.lastPosition)]);
  const first = String(positions.reduce((a, b) => (b < a ? b : a)));
  const last = String(positions.reduce((a, b) => (b > a ? b : a)));
  const rows = group.reduce((sum, file) => sum + file.rows, 0);
  const path = archive.nameFor(day, { epoch: await store.epoch(), first, last, now });
  const files = group.map((file) => archive.fileOf(file.path));
  await store.borrow((connection) =>
    archive.publish(path, (file) => connection.run(statement("merge_files", { files, file, ...archive.parquet }))),
  );
  await replaceFiles(store, group, { path, day, rows, first, last, now });
  return true;
}

/** Files of one day that fit into one, at least two of them. */
function mergeable(files: readonly ArchiveFile[]): [ArchiveFile, ...ArchiveFile[]] | undefined {
  for (const [, ofDay] of Map.groupBy(files, ({ day }) => day)) {
    const group: ArchiveFile[] = [];
    let rows = 0;
    for (const file of ofDay.toSorted((a, b) => a.rows - b.rows)) {
      rows += file.rows;
      if (rows > MERGED_ROWS) break;
      group.push(file);
    }
    const [first, ...more] = group;
    if (first !== undefined && more.length > 0) return [first, ...more];
  }
  return undefined;
}

async function replaceFiles(
  store: Store,
  old: readonly ArchiveFile[],
  merged?: Parameters<typeof addFile>[2],
): Promise<void> {
  await store.write(async (transaction) => {
    await transaction.run("drop_archive_files", { paths: old.map(({ path }) => path) });
    if (merged !== undefined) await addFile(transaction, store, merged);
    await showArchive(transaction.session.connection, store.archive);
  }, "even on a full disk");
}

/** Files that no list names: what was expired or merged, and what a killed process had not listed yet. */
export class Unlisted {
  #seen: ReadonlySet<string> = new Set();

  /**
   * Removes those of this history that were unlisted the last time already, so that no query reads them any more.
   * Files of another history are left alone, whoever may need them.
   */
  async remove(store: Store): Promise<string[]> {
    // The folder first: what is listed after that is not there.
    const there = store.archive.list(await store.epoch());
    const listed = new Set((await archiveFiles(store)).map(({ path }) => path));
    const unlisted = there.filter((path) => !listed.has(path));
    const due = unlisted.filter((path) => this.#seen.has(path));
    for (const path of due) store.archive.remove(path);
    this.#seen = new Set(unlisted);
    return due;
  }
}
