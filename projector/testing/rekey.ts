/**
 * Encrypts the files of the folder given as first argument, with the key given as second; for tests that kill it. Says
 * when it begins.
 */
import { rekeyFiles } from "../encryption/rekey-files.ts";
import { encryptionOf } from "./encryption.ts";
import { placesIn, quiet } from "./fixtures.ts";

const [, , dataDir = "", ...given] = process.argv;
const encryption = encryptionOf(given) ?? {};
process.stdout.write("begins\n");
try {
  await rekeyFiles({ ...placesIn(dataDir), limits: { memoryLimit: "128MB", threads: 1 }, log: quiet }, encryption);
} catch (error) {
  process.stdout.write(`${String(error instanceof Error ? error.name : error)}\n`);
  process.exit(1);
}
