import type { Store } from "../store.ts";
import { statement } from "./templates.ts";

/** Rows that one transaction moves, about: as many tasks, which are 16 MB, hold the writer up for some 400 ms. */
const ROWS_A_STEP = 4_000;
/** Less than this many deleted rows, in less than so many row groups, are not worth it. */
const DELETED_ROWS = 2_000;
const ROW_GROUPS = 4;

/**
 * Gives free what deleted rows take: a checkpoint drops a row group of which nothing lives, so what still lives in those
 * that are mostly deleted, and in those of few rows, is appended anew. DuckDB's own vacuum does it within a checkpoint,
 * where it holds up the writer the longer the more there is.
 * @returns rows that were moved
 */
export async function compact(store: Store): Promise<number> {
  let moved = 0;
  for (const table of await tablesOf(store)) {
    for (let step = await moveSparse(store, table); step > 0; step = await moveSparse(store, table)) moved += step;
  }
  await store.checkpoint();
  return moved;
}

async function tablesOf(store: Store): Promise<string[]> {
  return store.borrow(async (connection) => {
    const reader = await connection.runAndReadAll(statement("stored_tables"));
    return reader.getRows().map(([name]) => String(name));
  });
}

async function moveSparse(store: Store, table: string): Promise<number> {
  let rows = 0;
  await store.write(async ({ session: { connection } }) => {
    await connection.run(statement("find_sparse", { table, limit: String(ROWS_A_STEP) }));
    const [found] = (await connection.runAndReadAll(statement("sparse_summary"))).getRowObjects();
    if (Number(found?.["deleted"]) >= DELETED_ROWS || Number(found?.["row_groups"]) >= ROW_GROUPS) {
      await connection.run(statement("delete_sparse", { table }));
      await connection.run(statement("append_sparse", { table }));
      rows = Number(found?.["rows"]);
    }
    await connection.run(statement("drop_sparse"));
  }, "even on a full disk");
  return rows;
}
