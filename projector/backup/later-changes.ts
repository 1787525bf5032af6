import { DuckDBIntegerType, DuckDBTimestampType, DuckDBVarCharType } from "@duckdb/node-api";
import { statement } from "../archive/templates.ts";
import type { ResultRow } from "../repository.ts";
import { timestampValue } from "../session.ts";
import type { Store } from "../store.ts";

/** Changes that are to be done again on top of a backup. */
export interface LaterChanges {
  /** The next after a position, in order; none at the end. */
  next(after: string): Promise<ResultRow[]>;
}

const PAGE = 1000;

/** Of a database that can be read, up to a time. */
export function changesOfStore(store: Pick<Store, "read">, until: Date): LaterChanges {
  return { next: (after) => store.read("changes_between", { after, until, limit: PAGE }) };
}

/** Of files of the archive, up to a time; `store` is any whose archive they are in. */
export function changesOfFiles(store: Store, files: readonly string[], until: Date): LaterChanges {
  if (files.length === 0) return { next: () => Promise.resolve([]) };
  const sql = statement("later_changes", {
    files: files.map((file) => store.archive.fileOf(file)),
    ...store.archive.parquet,
  });
  return {
    next: (after) =>
      store.borrow(async (connection) => {
        const reader = await connection.runAndReadAll(
          sql,
          { after, until: timestampValue(until), limit: PAGE },
          { after: DuckDBVarCharType.instance, until: DuckDBTimestampType.instance, limit: DuckDBIntegerType.instance },
        );
        return reader.getRowObjects();
      }),
  };
}
