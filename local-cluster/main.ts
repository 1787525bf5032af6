/** The command behind `make up`, `down`, `reset`, `build` and `status`. */
import { join, resolve } from "node:path";
import { ensureBinaries, linkBinaries } from "./binaries.ts";
import { down, reset } from "./down.ts";
import { image } from "./images.ts";
import { withLock } from "./lock.ts";
import { readSettings, type Settings } from "./settings.ts";
import { status } from "./status.ts";
import { say } from "./report.ts";
import { build, up } from "./up.ts";

const COMMANDS: Record<string, (settings: Settings) => Promise<unknown>> = {
  up,
  down,
  reset,
  build,
  "build-helm": buildHelm,
  image,
};

async function buildHelm({ paths }: Settings): Promise<void> {
  await linkBinaries(paths, await ensureBinaries(paths, ["helm"]), ["helm"]);
}

async function main(name: string): Promise<void> {
  const root = resolve(import.meta.dirname, "..");
  const host = { platform: process.platform, uid: process.getuid?.() ?? -1 };
  const settings = readSettings(root, process.env, host);
  if (name === "status") return status(settings);
  const command = COMMANDS[name];
  if (command === undefined)
    throw new Error(`unknown command ${name}: ${[...Object.keys(COMMANDS), "status"].join(", ")}`);
  await withLock(join(settings.paths.state, "lock"), () => command(settings));
}

// What goes into images and the cache is for everybody to read, whoever's shell this is; keys have modes of their own.
process.umask(0o022);

// `make status | head`: whoever reads may stop early.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  await main(process.argv[2] ?? "");
} catch (error) {
  say(`failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
