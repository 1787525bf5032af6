import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { environment } from "../../e2e/support/environment.ts";
import { duckdbExtensions } from "../../images/duckdb-extension.ts";
import type { Encryption } from "../encryption/encryption.ts";

const ROOT = join(import.meta.dirname, "../..");

export function newKey(): string {
  return randomBytes(32).toString("base64");
}

/** What a script of the tests is given as its arguments, so that it has the same. */
export function argumentsOf(encryption: Encryption | undefined): string[] {
  return encryption?.key === undefined ? [] : [encryption.key, encryption.extensionDir ?? ""];
}

/** The reverse of {@link argumentsOf}. */
export function encryptionOf([key, extensionDir]: readonly string[]): Encryption | undefined {
  return key === undefined ? undefined : { key, extensionDir };
}

/** With a new key, and DuckDB's extension, which is fetched once per user. */
export async function testEncryption(): Promise<Encryption & { readonly key: string }> {
  return { key: newKey(), extensionDir: await duckdbExtensions(ROOT, environment.cache) };
}
