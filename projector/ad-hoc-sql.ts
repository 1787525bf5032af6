import { type DuckDBConnection, type DuckDBPreparedStatement, type Json, StatementType } from "@duckdb/node-api";
import type { Store } from "./store.ts";

export interface SqlLimits {
  /** Rows that are answered; more are cut off. */
  readonly maxRows: number;
  /** Milliseconds after which a statement is interrupted. */
  readonly timeoutMs: number;
  /** Bytes that all queries together may take while this one runs; beyond, it is interrupted. */
  readonly maxMemoryBytes: number;
  /** Characters of an answer's values, about; rows beyond are cut off. */
  readonly maxAnswerLength: number;
}

export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Cells as JSON: times and whole numbers beyond 2^53 are text. */
  readonly rows: readonly (readonly Json[])[];
  /** There are more rows than are answered. */
  readonly truncated: boolean;
}

/** A statement that is refused or failed; the message is for whoever wrote it. */
export class SqlError extends Error {
  override readonly name = "SqlError";
}

export const SQL_LIMITS: SqlLimits = {
  maxRows: 1000,
  timeoutMs: 10_000,
  maxMemoryBytes: 256_000_000,
  maxAnswerLength: 16_000_000,
};

const WATCH_EVERY_MS = 50;
const ALLOWED: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

/**
 * Runs one statement that only reads, on a connection of its own in a read-only transaction. The database itself is
 * opened so that no statement reaches files, the network, extensions or settings.
 * @param signal interrupts it
 * @throws SqlError for what is not one SELECT or EXPLAIN, for DuckDB's own objections, and beyond the limits
 * @see https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
 */
export function runSql(
  store: Store,
  sql: string,
  signal: AbortSignal,
  limits: Partial<SqlLimits> = {},
): Promise<SqlAnswer> {
  const bounds = { ...SQL_LIMITS, ...limits };
  return store.borrow(async (connection) => {
    const guard = new Guard(store, connection, bounds, signal);
    try {
      await connection.run("BEGIN TRANSACTION READ ONLY");
      return await answer(await prepare(connection, sql), bounds);
    } catch (error) {
      throw guard.reason ?? (error instanceof SqlError ? error : new SqlError(messageOf(error), { cause: error }));
    } finally {
      guard.end();
      await connection.run("ROLLBACK").catch(() => undefined);
    }
  });
}

const ONLY_READS =
  "Only statements that read are allowed (SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN)";
const WRITES_A_VIEW = /Can only (delete|update|insert|merge)|is not an? table$/i;

async function prepare(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql).catch((error: unknown) => {
    // So the binding says that there is no statement, for which DuckDB has no message.
    throw messageOf(error) === "Error in native callback" ? new SqlError("There is no statement.") : error;
  });
  if (statements.count > 1) throw new SqlError(`One statement at a time: these are ${statements.count}.`);
  const statement = await statements.prepare(0).catch((error: unknown) => {
    // Most names are views, which DuckDB refuses to write before it says what kind of statement it is.
    throw WRITES_A_VIEW.test(messageOf(error)) ? new SqlError(`${ONLY_READS}.`, { cause: error }) : error;
  });
  const type = statement.statementType;
  if (!ALLOWED.has(type)) {
    statement.destroySync();
    throw new SqlError(`${ONLY_READS}; this one is ${StatementType[type]}.`);
  }
  return statement;
}

async function answer(statement: DuckDBPreparedStatement, limits: SqlLimits): Promise<SqlAnswer> {
  try {
    const reader = await statement.streamAndReadUntil(limits.maxRows + 1);
    const types = reader.columnTypes();
    const read = reader.getRowsJson();
    const rows = bounded(read.slice(0, limits.maxRows), limits.maxAnswerLength);
    return {
      columns: reader.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
      rows,
      truncated: rows.length < read.length,
    };
  } finally {
    statement.destroySync();
  }
}

function bounded(rows: Json[][], maxLength: number): Json[][] {
  let length = 0;
  const beyond = rows.findIndex((row) => {
    length += row.reduce<number>((sum, cell) => sum + (typeof cell === "string" ? cell.length : 16), 0);
    return length > maxLength;
  });
  return beyond < 0 ? rows : rows.slice(0, beyond);
}

/** Interrupts a connection's statement when its time or memory is used up. */
class Guard {
  reason: SqlError | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #connection: DuckDBConnection;
  #watching = false;

  constructor(store: Store, connection: DuckDBConnection, limits: SqlLimits, signal: AbortSignal) {
    this.#connection = connection;
    const started = performance.now();
    this.#timer = setInterval(() => {
      if (signal.aborted) this.#stop("The statement was given up because nobody waits for its answer any more.");
      else if (performance.now() - started > limits.timeoutMs) {
        this.#stop(`The statement was interrupted after ${limits.timeoutMs / 1000} s, the longest that one may run.`);
      } else void this.#watchMemory(store, limits.maxMemoryBytes);
    }, WATCH_EVERY_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  async #watchMemory(store: Store, maxBytes: number): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    try {
      const [row] = await store.read("working_memory");
      if (Number(row?.["bytes"] ?? 0) <= maxBytes) return;
      this.#stop(
        `The statement was interrupted because it took more than ${Math.round(maxBytes / 1e6)} MB. Filter or aggregate earlier, or ask for fewer columns.`,
      );
    } catch {
      // The database was closed, which ends the statement as well.
    } finally {
      this.#watching = false;
    }
  }

  /** Again and again until it has ended: an interrupt may come before the statement runs. */
  #stop(message: string): void {
    this.reason ??= new SqlError(message);
    this.#connection.interrupt();
  }
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Failed to (extract statements|prepare|execute prepared statement|query): /, "");
}
