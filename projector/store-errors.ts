import { errorType, isFatal } from "./database-file.ts";

/**
 * What a failure of the database means for whoever asked it.
 * `transient`: it may be gone at the next try; `conflict`: another transaction was first; `unavailable`: the file is
 * closed or being replaced; `full`: disk or memory; `corrupt`: nothing more will come from this file; `invalid`: the
 * question itself.
 */
export type StoreErrorKind = "transient" | "conflict" | "unavailable" | "full" | "corrupt" | "invalid";

export const STORE_ERROR_KINDS: readonly StoreErrorKind[] = [
  "transient",
  "conflict",
  "unavailable",
  "full",
  "corrupt",
  "invalid",
];

/** The database is closed: it is being opened again, or the process ends. */
export class DatabaseClosedError extends Error {
  override readonly name = "DatabaseClosedError";
}

/** The database has failed so often that it is not asked for a while. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, options: { cause: unknown }) {
    super("The database does not answer.", options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** DuckDB's kinds of error that another try can change. */
const TRANSIENT: ReadonlySet<string> = new Set(["IO", "Connection", "Interrupt", "INTERRUPT"]);
const CONFLICT = /write-write conflict|Conflict on|conflicting|Transaction conflict/i;
const FULL = /No space left on device|ENOSPC|could not (allocate|offload)|Disk quota/i;

/**
 * The kind of a failure, from DuckDB's words: its client gives no codes.
 * @see https://duckdb.org/docs/stable/dev/internal_errors
 */
export function storeErrorKind(error: unknown): StoreErrorKind {
  if (error instanceof DatabaseClosedError || error instanceof DatabaseUnavailableError) return "unavailable";
  const message = error instanceof Error ? error.message : String(error);
  // A disk that is full is fatal to DuckDB as well, but the file is as good as before.
  if (FULL.test(message)) return "full";
  if (isFatal(error)) return "corrupt";
  if (CONFLICT.test(message)) return "conflict";
  const type = errorType(error);
  if (type === "Out of Memory") return "full";
  return TRANSIENT.has(type) || message === "INTERRUPTED" ? "transient" : "invalid";
}

/** Whether the same question may be answered a moment later. */
export function mayPass(error: unknown): boolean {
  const kind = storeErrorKind(error);
  return kind === "transient" || kind === "conflict" || kind === "unavailable";
}
