/** moto_server, the emulator of AWS that most tests use. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environment } from "../e2e/support/environment.ts";
import { check } from "../e2e/support/run.ts";
import { progress } from "./figure.ts";
import { type Rival, startRival } from "./rival.ts";

const PACKAGE = "moto[server]==5.2.5";
const venv = join(environment.cache, `rival-${PACKAGE.replaceAll(/[[\]=]+/g, "-")}`);

/** Installs it once per user, and starts it with so many tasks. */
export async function startMoto(tasks: number): Promise<Rival> {
  await install();
  const args = (port: number): string[] => ["-p", String(port)];
  return startRival({ name: "moto_server", command: join(venv, "bin", "moto_server"), args }, tasks);
}

async function install(): Promise<void> {
  const done = join(venv, "installed");
  if (existsSync(done)) return;
  progress(`installing ${PACKAGE}`);
  await mkdir(venv, { recursive: true });
  await check("python3", ["-m", "venv", "--clear", venv], { timeoutMs: 300_000 });
  await check(join(venv, "bin", "pip"), ["install", "--quiet", PACKAGE], { timeoutMs: 600_000 });
  await writeFile(done, "");
}
