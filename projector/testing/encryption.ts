import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { duckdbExtensions } from "../../images/duckdb-extension.ts";
import type { Encryption } from "../encryption/encryption.ts";

const ROOT = join(import.meta.dirname, "../..");
const CACHE = process.env["KECS_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kecs");

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
  mkdirSync(CACHE, { recursive: true });
  return { key: newKey(), extensionDir: await duckdbExtensions(ROOT, CACHE) };
}
