import type { DuckDBConnection } from "@duckdb/node-api";
import { type Migration, MigrationError } from "./sql-files.ts";

/** The file was written by a newer release, whose schema this one does not know. */
export class NewerSchemaError extends Error {
  override readonly name = "NewerSchemaError";
}

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER NOT NULL, name VARCHAR NOT NULL, checksum VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)`;

/**
 * Brings the schema to the last migration, each step in a transaction of its own.
 * @returns the names of those applied now
 * @throws MigrationError where one that was applied has since been edited
 * @throws NewerSchemaError where the file knows more migrations than we do
 */
export async function migrate(connection: DuckDBConnection, migrations: readonly Migration[]): Promise<string[]> {
  await connection.run(CREATE_TABLE);
  const result = await connection.runAndReadAll(
    "SELECT version, name, checksum FROM schema_migrations ORDER BY version",
  );
  const applied = result.getRows();
  for (const [index, [version, name, checksum]] of applied.entries())
    check(index, { version, name, checksum }, migrations);
  const pending = migrations.slice(applied.length);
  for (const migration of pending) await applyOne(connection, migration);
  return pending.map(({ name }) => name);
}

interface Applied {
  readonly version: unknown;
  readonly name: unknown;
  readonly checksum: unknown;
}

function check(index: number, applied: Applied, migrations: readonly Migration[]): void {
  if (applied.version !== index + 1) {
    throw new MigrationError(`The database lacks migration ${index + 1}, though it has ${String(applied.version)}.`);
  }
  const ours = migrations[index];
  if (ours === undefined)
    throw new NewerSchemaError(`The database has migration ${String(applied.name)} of a newer release.`);
  if (ours.checksum !== applied.checksum) {
    throw new MigrationError(
      `Migration ${ours.name} was edited after it had been applied (as ${String(applied.name)}). Migrations only go ` +
        "forward: undo the edit and add a new one, or delete the database file, which is filled again from Kubernetes.",
    );
  }
}

async function applyOne(connection: DuckDBConnection, migration: Migration): Promise<void> {
  await connection.run("BEGIN TRANSACTION");
  try {
    await connection.run(migration.sql);
    await connection.run("INSERT INTO schema_migrations VALUES ($version, $name, $checksum, now()::TIMESTAMP)", {
      version: migration.version,
      name: migration.name,
      checksum: migration.checksum,
    });
    await connection.run("COMMIT");
  } catch (error) {
    throw new MigrationError(`Migration ${migration.name} failed.`, { cause: error });
  }
}
