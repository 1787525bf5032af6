import { quoted, quotedName } from "../quoted.ts";
import { loadTemplates } from "../sql-files.ts";

const TEMPLATES = loadTemplates();

/**
 * A statement of `sql/templates`, with the files that it names put in for `{name}`, the tables and columns for `{:name}`,
 * and what is SQL already for `{=name}`: DuckDB takes no parameters there.
 * @throws Error where there is no such statement, or a place is not filled
 */
export function statement(name: string, parts: Readonly<Record<string, string | readonly string[]>> = {}): string {
  const sql = TEMPLATES.get(name);
  if (sql === undefined) throw new Error(`There is no statement sql/templates/${name}.sql.`);
  return sql.replaceAll(/'?\{([:=]?)([a-z_]+)\}'?/g, (_place, sort: string, key: string) => {
    const value = parts[key];
    if (value === undefined) throw new Error(`sql/templates/${name}.sql needs ${key}.`);
    const quote = QUOTES[sort] ?? asItIs;
    return typeof value === "string" ? quote(value) : value.map(quote).join(", ");
  });
}

const QUOTES: Readonly<Record<string, (text: string) => string>> = { "": quoted, ":": quotedName };

function asItIs(sql: string): string {
  return sql;
}
