import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SQL_FOLDER = fileURLToPath(new URL("../sql/", import.meta.url));

/** One step of the schema's history; `version` counts from 1. */
export interface Migration {
  readonly version: number;
  /** File name without `.sql`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, in hex. */
  readonly checksum: string;
}

/** The schema's history cannot be applied as it stands; the message says which file is to blame. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * The migrations `NNNN_verb_noun.sql` of a folder, in order.
 * @throws MigrationError where a number is missing, given twice, or a file is named otherwise
 */
export function loadMigrations(folder = `${SQL_FOLDER}migrations`): Migration[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
  return files.map((file, index) => {
    const version = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]);
    if (version !== index + 1) {
      throw new MigrationError(`${folder}/${file} should be number ${index + 1}: migrations are numbered without gaps`);
    }
    const sql = readFileSync(`${folder}/${file}`, "utf8");
    return {
      version,
      name: file.slice(0, -".sql".length),
      sql,
      checksum: createHash("sha256").update(sql).digest("hex"),
    };
  });
}

/** A named query of `sql/queries`. */
export interface Query {
  readonly name: string;
  readonly sql: string;
  /** The table it is about: the first that it names; for metrics. */
  readonly table: string;
}

/** Every query of a folder by its file's name without `.sql`. */
export function loadQueries(folder = `${SQL_FOLDER}queries`): Map<string, Query> {
  const queries = new Map<string, Query>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".sql"))) {
    const name = file.slice(0, -".sql".length);
    const sql = readFileSync(`${folder}/${file}`, "utf8");
    const table = /\b(?:FROM|UPDATE|INTO)\s+([a-z_]+)/.exec(sql)?.[1] ?? "none";
    queries.set(name, { name, sql, table });
  }
  return queries;
}

/** The statements of `sql/templates`, which name files: `{name}` stands for what {@link fillIn} puts there. */
export function loadTemplates(): ReadonlyMap<string, string> {
  return new Map([...loadQueries(`${SQL_FOLDER}templates`)].map(([name, { sql }]) => [name, sql]));
}
