import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBIntegerType, DuckDBTimestampType } from "@duckdb/node-api";
import { timestampValue } from "../session.ts";
import type { Store, Transaction } from "../store.ts";
import { showArchive } from "./archive-view.ts";
import { shareOutdated } from "./share.ts";
import { statement } from "./templates.ts";

export interface RollOverOptions {
  /** Rows that ceased to be their resource's latest state before this time go. */
  readonly before: Date;
  /** Rows at most, the oldest of them. */
  readonly limit: number;
  /** Rows of one file: as many are written at a time, and deleted in one transaction. */
  readonly sliceRows?: number;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => Date;
  /** With another replica's archive: rows that were outdated after that are left to it. */
  readonly leaveAfter?: Date | undefined;
}

/** What went. */
export interface RolledOver {
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
}

/** What one file is to hold. */
interface Slice {
  readonly rows: number;
  readonly day: string;
  readonly first: string;
  readonly last: string;
}

/** More compress a little better; fewer keep the writer for less long: it deletes as many in some 20 ms. */
const SLICE_ROWS = 20_000;

/**
 * Moves rows of the history that are no longer anything's latest state into Parquet files. They are written beside
 * the readers and the writer; then one transaction takes them out of the database and their file into its list, so
 * whenever the process is killed every row is in exactly one of the two.
 * @throws what the database or the file system says; what was moved until then stays moved
 */
export function rollOver(store: Store, options: RollOverOptions): Promise<RolledOver> {
  return store.borrow(async (connection) => {
    const sum = { rows: 0, files: 0, bytes: 0 };
    await connection.run(
      statement("find_outdated"),
      { before: timestampValue(options.before), limit: options.limit },
      { before: DuckDBTimestampType.instance, limit: DuckDBIntegerType.instance },
    );
    const { shared } = store.archive;
    if (shared !== undefined) {
      const { before, leaveAfter = before, signal } = options;
      sum.rows += await shareOutdated(store, connection, { shared, leaveAfter, signal });
    }
    while (options.signal?.aborted !== true) {
      const slice = await nextSlice(connection, options.sliceRows ?? SLICE_ROWS);
      if (slice === undefined) break;
      sum.bytes += await moveSlice(store, connection, slice, options.now());
      sum.rows += slice.rows;
      sum.files++;
      await connection.run(statement("drop_slice"));
    }
    return sum;
  });
}

async function nextSlice(connection: DuckDBConnection, limit: number): Promise<Slice | undefined> {
  await connection.run(statement("next_slice"), { limit }, { limit: DuckDBIntegerType.instance });
  const [row] = (await connection.runAndReadAll(statement("slice_summary"))).getRowObjects();
  if (row === undefined || row["rows"] === 0) return undefined;
  const { rows, day, first_position: first, last_position: last } = row;
  return { rows: Number(rows), day: String(day), first: String(first), last: String(last) };
}

/** @returns the file's size in bytes */
async function moveSlice(store: Store, connection: DuckDBConnection, slice: Slice, now: Date): Promise<number> {
  const { archive } = store;
  const { day, first, last, rows } = slice;
  const path = archive.nameFor(day, { epoch: await store.epoch(), first, last, now });
  await archive.publish(path, (file) => connection.run(statement("write_slice", { file, ...archive.parquet })));
  const file = archive.fileOf(path);
  await store.write(async (transaction) => {
    const { rowsChanged } = await transaction.session.connection.run(
      statement("delete_archived", { file, ...archive.parquet }),
    );
    if (rowsChanged !== rows) throw new Error(`${file} has ${rowsChanged} of ${rows} rows; they stay in the database.`);
    await addFile(transaction, store, { path, day, rows, first, last, now });
    await transaction.run("raise_history_floor", { position: last });
    await showArchive(transaction.session.connection, archive);
  }, "even on a full disk");
  return archive.bytesOf(path);
}

export interface NewFile extends Slice {
  readonly path: string;
  readonly now: Date;
}

/** Lists a file that has been published. */
export async function addFile(transaction: Transaction, store: Store, of: NewFile): Promise<void> {
  await transaction.run("add_archive_file", {
    path: of.path,
    day: of.day,
    rows: String(of.rows),
    bytes: String(store.archive.bytesOf(of.path)),
    first_position: of.first,
    last_position: of.last,
    written_at: of.now,
  });
}
