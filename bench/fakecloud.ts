/** fakecloud, an emulator of AWS in Rust that keeps all in memory. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { environment } from "../e2e/support/environment.ts";
import { check } from "../e2e/support/run.ts";
import { progress } from "./figure.ts";
import { type Rival, startRival } from "./rival.ts";

const VERSION = "0.51.0";
const root = join(environment.cache, `rival-fakecloud-${VERSION}`);
const command = join(root, "bin", "fakecloud");
const BUILD_MS = 2 * 3_600_000;

/** Builds it once per user with cargo, which takes half an hour, and starts it with so many tasks. */
export async function startFakecloud(tasks: number): Promise<Rival> {
  if (!existsSync(command)) {
    progress(`building fakecloud ${VERSION}: half an hour`);
    const args = ["install", "fakecloud", "--version", VERSION, "--locked", "--root", root];
    await check("cargo", args, { timeoutMs: BUILD_MS });
  }
  const args = (port: number): string[] => ["--addr", `127.0.0.1:${port}`, "--log-level", "error"];
  return startRival({ name: "fakecloud", command, args }, tasks);
}
