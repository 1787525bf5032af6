import type { DuckDBAppender } from "@duckdb/node-api";
import type { Parameters, ResultRow } from "./session.ts";

/** Answers named queries (`sql/queries`) from the last commit. */
export interface Reader {
  read(query: string, parameters?: Parameters): Promise<ResultRow[]>;
}

/** Runs named queries that may change something. */
export interface Runner {
  run(query: string, parameters: Parameters): Promise<ResultRow[]>;
}

/** Adds rows to a table. */
export interface Creator {
  append<R>(table: string, rows: readonly R[], row: (appender: DuckDBAppender, row: R) => void): Promise<void>;
}

/** Does several things at once, or none of them: one transaction after another. */
export interface Transactor<T = Runner & { readonly session: Creator }> {
  write(work: (transaction: T) => Promise<void>): Promise<void>;
}
