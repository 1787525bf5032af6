import type { Store } from "../store.ts";
import { statement } from "./templates.ts";

/** What a table takes of the database file, as of the last checkpoint. */
export async function tableSize(store: Store, table: string): Promise<{ bytes: number; rows: number }> {
  return store.borrow(async (connection) => {
    const [row] = (await connection.runAndReadAll(statement("table_size", { table }))).getRowObjects();
    return { bytes: Number(row?.["bytes"]), rows: Number(row?.["rows"]) };
  });
}
