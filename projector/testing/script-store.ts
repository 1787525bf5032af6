import { Registry } from "prom-client";
import { openStore, type Store } from "../store.ts";
import { encryptionOf } from "./encryption.ts";
import { quiet } from "./fixtures.ts";

/** The store of a script of the tests: in the folder given as its first argument, encrypted where more are given. */
export function scriptStore(): Promise<Store> {
  const [, , dataDir = "", ...encryption] = process.argv;
  return openStore({ dataDir, encryption: encryptionOf(encryption), log: quiet, metrics: new Registry() });
}
