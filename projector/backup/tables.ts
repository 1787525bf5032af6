import type { DuckDBConnection } from "@duckdb/node-api";
import { join } from "node:path";
import { statement } from "../archive/templates.ts";
import type { BackupTable } from "./backup-folder.ts";

/** A table and the columns of it that are stored. */
export type StoredTable = Pick<BackupTable, "name" | "columns">;

/** Every table but that of the migrations, which another file has of its own. */
export async function storedTables(connection: DuckDBConnection): Promise<StoredTable[]> {
  const rows = (await connection.runAndReadAll(statement("stored_columns"))).getRowObjectsJson();
  const tables: StoredTable[] = [];
  for (const row of rows) {
    const name = row["table_name"] as string;
    const appender = await connection.createAppender(name);
    const columns = (row["columns"] as string[]).slice(0, appender.columnCount);
    appender.closeSync();
    tables.push({ name, columns });
  }
  return tables;
}

/** Rows and hash of a table, as they have to be again after it was brought back. */
export async function fingerprint(
  connection: DuckDBConnection,
  { name, columns }: StoredTable,
): Promise<Pick<BackupTable, "rows" | "hash">> {
  const reader = await connection.runAndReadAll(statement("fingerprint", { table: name, columns }));
  const [row] = reader.getRowObjectsJson();
  return { rows: Number(row?.["rows"]), hash: row?.["hash"] as string };
}

export function fileOfTable(folder: string, table: string): string {
  return join(folder, `${table}.parquet`);
}
