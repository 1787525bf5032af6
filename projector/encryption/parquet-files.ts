import { closeSync, openSync, readSync, fstatSync } from "node:fs";

/** Names under which DuckDB knows the key of Parquet files, and the one before. */
export const PARQUET_KEY = "kecs";
export const PREVIOUS_KEY = "previous";

/** What statements say of Parquet files, for the places `{=reading}` and `{=writing}`. */
export interface ParquetOptions {
  readonly reading: string;
  readonly writing: string;
}

/**
 * Several plain files may have different columns. Encrypted ones may not: DuckDB, asked to unite those, forgets their key
 * and ends with an internal error. So a migration that changes the columns of `recent_history` has to have them
 * written anew, as rekey-files.ts does.
 * @see https://duckdb.org/docs/stable/data/parquet/encryption
 */
export function parquetOptions(encrypted: boolean, key = PARQUET_KEY): ParquetOptions {
  if (!encrypted) return { reading: ", union_by_name = true", writing: "" };
  return {
    reading: `, encryption_config = {footer_key: '${key}'}`,
    writing: `, ENCRYPTION_CONFIG {footer_key: '${key}'}`,
  };
}

/** Last bytes of a file. @see https://github.com/apache/parquet-format/blob/master/Encryption.md */
const KINDS: Readonly<Record<string, "plain" | "encrypted">> = { PAR1: "plain", PARE: "encrypted" };
const MAGIC_BYTES = 4;

/** How a Parquet file is written; undefined for what is none, or is gone. */
export function parquetKind(file: string): "plain" | "encrypted" | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    const magic = Buffer.alloc(MAGIC_BYTES);
    readSync(descriptor, magic, 0, MAGIC_BYTES, Math.max(0, fstatSync(descriptor).size - MAGIC_BYTES));
    return KINDS[magic.toString("latin1")];
  } finally {
    closeSync(descriptor);
  }
}
