import type { DuckDBConnection } from "@duckdb/node-api";
import type { ParquetOptions } from "../encryption/parquet-files.ts";
import type { ArchiveFolder } from "./archive-folder.ts";
import { statement } from "./templates.ts";

/**
 * Makes the view of the archive show the files that `archive_files` lists; part of the transaction that changes the
 * list. A file that is gone is left out, so that what is there can still be read.
 * @returns the files that are gone
 */
export async function showArchive(connection: DuckDBConnection, folder: ArchiveFolder): Promise<string[]> {
  const reader = await connection.runAndReadAll(statement("listed_files"));
  const listed = reader.getRows().map(([path]) => String(path));
  const there = listed.filter((path) => folder.has(path));
  const files = there.map((path) => folder.fileOf(path));
  const shared = folder.shared?.files().map(({ path }) => path) ?? [];
  await connection.run(archiveView(files, shared, folder.parquet));
  await connection.run(statement("view_history"));
  return listed.filter((path) => !there.includes(path));
}

/** The view over this replica's own files and another one's. */
function archiveView(files: readonly string[], shared: readonly string[], { reading }: ParquetOptions): string {
  if (shared.length > 0)
    return statement(files.length === 0 ? "view_only_shared" : "view_shared_files", { files, shared, reading });
  return files.length === 0 ? statement("view_nothing") : statement("view_files", { files, reading });
}
