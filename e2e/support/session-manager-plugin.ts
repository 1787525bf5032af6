import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { environment } from "./environment.ts";
import { check } from "./run.ts";

const SOURCE = join(import.meta.dirname, "../go/session-manager-plugin");

/** Builds AWS's session-manager-plugin once per user. @returns the folder of the program. */
export async function installSessionManagerPlugin(): Promise<string> {
  const sums = await readFile(join(SOURCE, "go.sum"));
  const version = createHash("sha256").update(sums).digest("hex").slice(0, 8);
  const folder = join(environment.cache, "bin", `session-manager-plugin-${version}`);
  const file = join(folder, "session-manager-plugin");
  if (existsSync(file)) return folder;
  await mkdir(folder, { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  const program = "github.com/aws/session-manager-plugin/src/sessionmanagerplugin-main";
  const flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", partial];
  const env = { CGO_ENABLED: "0", GOWORK: "off" };
  await check("go", ["build", ...flags, program], { cwd: SOURCE, env, timeoutMs: 600_000 });
  await rename(partial, file);
  return folder;
}
