import { setImmediate as turn } from "node:timers/promises";
import {
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBMaterializedResult,
  DuckDBIntegerType,
  DuckDBListType,
  type DuckDBPreparedStatement,
  DuckDBTimestampType,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
  DuckDBVarCharType,
  listValue,
} from "@duckdb/node-api";
import type { Creator, Parameters, ResultRow } from "./repository.ts";
import type { Query } from "./sql-files.ts";

/** One connection with the statements that were prepared on it; for one user at a time. */
export class Session implements Creator {
  readonly connection: DuckDBConnection;
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();
  readonly #appenders = new Map<string, DuckDBAppender>();

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** Runs a named query and reads all of its answer. */
  async query(query: Query, parameters: Parameters): Promise<ResultRow[]> {
    let statement = this.#prepared.get(query.name);
    if (statement === undefined) {
      statement = await this.connection.prepare(query.sql);
      this.#prepared.set(query.name, statement);
    }
    const values: Record<string, DuckDBValue> = {};
    const types: Record<string, DuckDBType> = {};
    for (const [name, value] of Object.entries(parameters)) {
      [values[name], types[name]] = bound(value);
    }
    statement.bind(values, types);
    return rowsOf(await statement.run());
  }

  /**
   * Appends rows to a table, one call of `row` each. The appender is kept: one takes up to a megabyte, which only the
   * garbage collector gives back, and that does not see it.
   */
  async append<R>(table: string, rows: readonly R[], row: (appender: DuckDBAppender, row: R) => void): Promise<void> {
    const appender = this.#appenders.get(table) ?? (await this.connection.createAppender(table));
    this.#appenders.set(table, appender);
    for (const [index, each] of rows.entries()) {
      row(appender, each);
      if ((index + 1) % ROWS_A_TURN === 0) await turn();
    }
    appender.flushSync();
  }

  /** Before the rollback of what was appended: rows that are still on their way must not get into what comes after. */
  dropAppenders(): void {
    for (const appender of this.#appenders.values()) {
      try {
        appender.closeSync();
      } catch {
        // What it could not append is rolled back anyway.
      }
    }
    this.#appenders.clear();
  }

  close(): void {
    this.dropAppenders();
    for (const statement of this.#prepared.values()) statement.destroySync();
    this.#prepared.clear();
    this.connection.closeSync();
  }
}

/** All of an answer that is there already: DuckDB's reader would ask for each chunk, and for what follows the last, anew. */
function rowsOf(result: DuckDBMaterializedResult): ResultRow[] {
  const columns = result.deduplicatedColumnNames();
  const rows: Record<string, DuckDBValue>[] = [];
  for (let chunk = 0; chunk < result.chunkCount; chunk++) result.getChunk(chunk).appendToRowObjects(columns, rows);
  return rows;
}

/** Rows between which the event loop gets a turn, so that a long list does not hold requests up. */
export const ROWS_A_TURN = 500;

/** A date as DuckDB keeps it: microseconds, UTC. */
export function timestampValue(date: Date): DuckDBTimestampValue {
  return new DuckDBTimestampValue(BigInt(date.getTime()) * 1000n);
}

function bound(value: Parameters[string]): [DuckDBValue, DuckDBType] {
  if (value instanceof Date) return [timestampValue(value), DuckDBTimestampType.instance];
  if (typeof value === "number") return [value, DuckDBIntegerType.instance];
  if (value === null || value === undefined) return [null, DuckDBVarCharType.instance];
  if (typeof value === "string") return [value, DuckDBVarCharType.instance];
  const item = typeof value[0] === "number" ? DuckDBIntegerType.instance : DuckDBVarCharType.instance;
  return [listValue([...value]), new DuckDBListType(item)];
}

/** The reverse of {@link timestampValue}; undefined for NULL. */
export function dateOf(value: DuckDBValue | undefined): Date | undefined {
  return value instanceof DuckDBTimestampValue ? new Date(Number(value.micros / 1000n)) : undefined;
}
