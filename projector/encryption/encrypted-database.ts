import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { quoted, quotedName } from "../quoted.ts";
import { type Encryption, EncryptionError } from "./encryption.ts";
import { PARQUET_KEY, PREVIOUS_KEY } from "./parquet-files.ts";

/** An open database file. */
export interface Database {
  connect(): Promise<DuckDBConnection>;
  closeSync(): void;
}

/** Does what a database that was just opened needs, on a connection of its own. Where that fails, it is closed again. */
export async function setUp<D extends Database>(
  database: D,
  work: (connection: DuckDBConnection) => Promise<void>,
): Promise<D> {
  try {
    const connection = await database.connect();
    try {
      await work(connection);
    } finally {
      connection.closeSync();
    }
    return database;
  } catch (error) {
    database.closeSync();
    throw error;
  }
}

/** Name by which statements would call the file; connections use it anyway. */
const NAME = "kecs";

/**
 * Opens (or creates) a database file whose content, write-ahead log and spilled data are encrypted (AES-256 in GCM).
 * DuckDB takes no key for the file that it is opened with, so it has one in memory, which stays empty, and this one
 * attached.
 * @throws EncryptionError where DuckDB cannot encrypt; of the file what DuckDB says ({@link encryptionError})
 * @see https://duckdb.org/docs/stable/sql/statements/attach#database-encryption
 */
export async function openEncrypted(
  file: string,
  settings: Readonly<Record<string, string>>,
  encryption: Encryption & { readonly key: string },
): Promise<Database> {
  const instance = await setUp(await openKeyring(settings, encryption), (connection) =>
    attach(connection, { file, name: NAME, key: encryption.key }),
  );
  return {
    async connect() {
      const connection = await instance.connect();
      await connection.run(`USE ${NAME}`);
      return connection;
    },
    closeSync: () => instance.closeSync(),
  };
}

/**
 * DuckDB in memory that can encrypt, and does so with what it spills to disk; it knows the keys of Parquet files, as
 * `PARQUET_KEY` and `PREVIOUS_KEY`.
 */
export async function openKeyring(
  settings: Readonly<Record<string, string>>,
  { key, previousKey, extensionDir }: Encryption,
): Promise<DuckDBInstance> {
  const where = extensionDir === undefined ? {} : { extension_directory: extensionDir };
  return setUp(await DuckDBInstance.create(":memory:", { ...settings, ...where }), async (connection) => {
    await load(connection, extensionDir);
    await connection.run("SET temp_file_encryption = true");
    await keepKey(connection, PARQUET_KEY, key);
    await keepKey(connection, PREVIOUS_KEY, previousKey);
  });
}

/** What DuckDB has in itself only reads what is encrypted; its httpfs brings OpenSSL, which writes it. */
async function load(connection: DuckDBConnection, extensionDir = "~/.duckdb/extensions"): Promise<void> {
  try {
    await connection.run("LOAD httpfs");
  } catch (cause) {
    throw new EncryptionError(
      `DuckDB needs its extension httpfs to encrypt, and cannot load it from ${extensionDir} (KECS_DB_EXTENSION_DIR): ${messageOf(cause)}`,
      { cause },
    );
  }
}

async function keepKey(connection: DuckDBConnection, name: string, key: string | undefined): Promise<void> {
  if (key === undefined) return;
  await secretly(key, () => connection.run(`PRAGMA add_parquet_key(${quoted(name)}, ${quoted(key)})`));
}

/** A file to attach; without a key a plain one. */
interface Attached {
  readonly file: string;
  readonly name: string;
  readonly key?: string | undefined;
}

/** @throws what DuckDB says, which {@link encryptionError} understands */
export async function attach(connection: DuckDBConnection, { file, name, key }: Attached): Promise<void> {
  const options = key === undefined ? "" : ` (ENCRYPTION_KEY ${quoted(key)})`;
  await secretly(key, () => connection.run(`ATTACH ${quoted(file)} AS ${quotedName(name)}${options}`));
}

/** What an error of opening a file means for its encryption; undefined where it is about something else. */
export function encryptionError(file: string, cause: unknown): EncryptionError | undefined {
  const message = messageOf(cause);
  if (/Wrong encryption key/.test(message)) {
    return new EncryptionError(
      `${file} is encrypted with another key than that of KECS_DB_ENCRYPTION_KEY_FILE. Give the one that it was written with, or name its file in KECS_DB_ENCRYPTION_PREVIOUS_KEY_FILE. If this is the one, the file is damaged: move it away, and another is made of backup, archive and cluster.`,
      { cause },
    );
  }
  if (/without a key/.test(message)) {
    return new EncryptionError(`${file} is encrypted: KECS_DB_ENCRYPTION_KEY_FILE has to name the file of its key.`, {
      cause,
    });
  }
  if (/is not encrypted/.test(message)) return new EncryptionError(`${file} is not encrypted.`, { cause });
  return undefined;
}

/** DuckDB's messages may repeat the statement: without the key that stands in it. */
async function secretly<T>(key: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = messageOf(error);
    if (key === undefined || !message.includes(key)) throw error;
    // Not as its cause, which has the key.
    // oxlint-disable-next-line preserve-caught-error
    throw new Error(message.replaceAll(key, "…"));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
