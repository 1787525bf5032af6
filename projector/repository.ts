import type { DuckDBAppender, DuckDBValue } from "@duckdb/node-api";

/** Values of a query's named parameters; arrays are lists of text or of integers. */
export type Parameters = Readonly<
  Record<string, string | number | Date | null | undefined | readonly string[] | readonly number[]>
>;

/** One row of an answer, by column. Text is a string, counts are numbers, resource versions are bigints. */
export type ResultRow = Readonly<Record<string, DuckDBValue>>;

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
