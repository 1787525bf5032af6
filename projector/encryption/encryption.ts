import { readFileSync } from "node:fs";

/** With what the database, its archive and its backups are encrypted. */
export interface Encryption {
  /** 32 bytes in base64; without it they are to be plain. */
  readonly key?: string | undefined;
  /** What files may still be encrypted with; they are written anew, as `key` says, when the gateway starts. */
  readonly previousKey?: string | undefined;
  /** Folder of DuckDB's extensions, as `INSTALL` fills it; else DuckDB's own, `~/.duckdb/extensions`. */
  readonly extensionDir?: string | undefined;
}

/** Files that the given key does not open, or a key that is none. The message says what to do; nothing was changed. */
export class EncryptionError extends Error {
  override readonly name = "EncryptionError";
}

/** Settings of {@link Encryption}. */
export interface EncryptionSettings {
  readonly encryptionKeyFile?: string | undefined;
  readonly previousEncryptionKeyFile?: string | undefined;
  readonly databaseExtensionDir?: string | undefined;
}

/**
 * Reads the keys. @returns undefined where there are none
 * @throws EncryptionError where a file cannot be read, or holds no key
 */
export function readEncryption(settings: EncryptionSettings): Encryption | undefined {
  const { encryptionKeyFile, previousEncryptionKeyFile, databaseExtensionDir: extensionDir } = settings;
  if (encryptionKeyFile === undefined && previousEncryptionKeyFile === undefined) return undefined;
  return {
    key: readKey("KECS_DB_ENCRYPTION_KEY_FILE", encryptionKeyFile),
    previousKey: readKey("KECS_DB_ENCRYPTION_PREVIOUS_KEY_FILE", previousEncryptionKeyFile),
    extensionDir,
  };
}

const BYTES = 32;

function readKey(setting: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new EncryptionError(`The file ${file} of ${setting} cannot be read.`, { cause });
  }
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === BYTES && bytes.toString("base64") === text) return text;
  throw new EncryptionError(
    `The file ${file} of ${setting} has to hold ${BYTES} bytes in base64, as \`openssl rand -base64 ${BYTES}\` makes them.`,
  );
}
