import type { ParsedUrlQuery } from "node:querystring";
import { toCsv, toText } from "#lib/result-format.ts";
import { runSql, type SqlAnswer, SqlError } from "#projector/ad-hoc-sql.ts";
import type { Store } from "#projector/store.ts";
import { AdminError } from "./admin-error.ts";
import { numberOf, parameter } from "./input.ts";

/** Statements that may run at the same time: they share memory and threads with everything else. */
const AT_A_TIME = 2;
const ROWS = { default: 1000, max: 10_000 };

/** An answer over HTTP. */
export interface SqlResponse {
  readonly type: string;
  readonly body: string;
  readonly truncated: boolean;
}

const FORMATS: Record<string, (answer: SqlAnswer) => Omit<SqlResponse, "truncated">> = {
  json: (answer) => ({ type: "application/json", body: `${JSON.stringify(answer)}\n` }),
  csv: (answer) => ({ type: "text/csv; charset=utf-8", body: toCsv(table(answer)) }),
  table: (answer) => ({ type: "text/plain; charset=utf-8", body: toText(table(answer)) + footer(answer) }),
};

/** `POST /sql?format=json|csv|table&rows=`, the statement as body. */
export class SqlRoute {
  readonly #store: Store;
  #running = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws AdminError for what is refused or failed, in DuckDB's words where they are its own. */
  async run(sql: string, query: ParsedUrlQuery, signal: AbortSignal): Promise<SqlResponse> {
    const format = FORMATS[parameter(query, "format") ?? "json"];
    if (format === undefined) throw new AdminError(400, "format is json, csv or table.");
    const maxRows = numberOf(query, "rows", ROWS);
    if (this.#running >= AT_A_TIME) {
      throw new AdminError(429, `${AT_A_TIME} statements run already. Please wait for one of them to end.`);
    }
    this.#running++;
    try {
      const answer = await runSql(this.#store, sql, signal, { maxRows });
      return { ...format(answer), truncated: answer.truncated };
    } catch (error) {
      throw error instanceof SqlError ? new AdminError(400, error.message, { cause: error }) : error;
    } finally {
      this.#running--;
    }
  }
}

function table({ columns, rows }: SqlAnswer) {
  return { columns: columns.map(({ name }) => name), rows };
}

function footer({ rows, truncated }: SqlAnswer): string {
  const count = rows.length === 1 ? "1 row" : `${rows.length} rows`;
  return truncated ? `(the first ${count}; there are more)\n` : `(${count})\n`;
}
