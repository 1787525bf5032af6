import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CREDENTIAL_KEYS } from "#lib/ecs/task-role.ts";

/** The Secret, or one of its keys that must be there, is missing. */
export class MissingCredentialsError extends Error {
  override name = "MissingCredentialsError";
}

/** Where the Secret names no end, SDKs are to ask again within this time, so that they notice a rotation. */
const LIFETIME_MS = 60 * 60_000;

/** Credentials as SDKs read them from a container's endpoint. */
export interface CredentialsDocument {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  /** Empty for keys that need none: some SDKs insist on the member. */
  readonly Token: string;
  readonly Expiration: string;
}

/**
 * The credentials in a folder where a Secret is mounted, as they are at this moment.
 * @throws MissingCredentialsError naming the key that is missing.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export async function credentialsDocument(folder: string, now: Date): Promise<CredentialsDocument> {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = CREDENTIAL_KEYS;
  return {
    AccessKeyId: await required(folder, accessKeyId),
    SecretAccessKey: await required(folder, secretAccessKey),
    Token: (await read(folder, sessionToken)) ?? "",
    Expiration: (await read(folder, expiration)) ?? new Date(now.getTime() + LIFETIME_MS).toISOString(),
  };
}

async function required(folder: string, key: string): Promise<string> {
  const value = await read(folder, key);
  if (value === undefined) throw new MissingCredentialsError(`there is no ${key}`);
  return value;
}

async function read(folder: string, key: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, key), "utf8")).trim() || undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
