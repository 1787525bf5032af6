/** DuckDB's extension httpfs, which it needs to encrypt, signed by DuckDB, as its package for Python brings it along. */
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../local-cluster/command.ts";

const PACKAGE = "duckdb-extension-httpfs";
const FILE = "httpfs.duckdb_extension";
/** Node's names of what DuckDB calls otherwise. */
const SYSTEMS: Readonly<Record<string, string>> = { darwin: "osx" };
const PROCESSORS: Readonly<Record<string, string>> = { x64: "amd64" };

/** Release of DuckDB that the checkout's package.json names: an extension fits one alone. */
export async function duckdbVersion(root: string): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const binding = dependencies["@duckdb/node-api"] ?? "";
  const version = /^(\d+\.\d+\.\d+)-r\.\d+$/.exec(binding)?.[1];
  if (version === undefined)
    throw new Error(`@duckdb/node-api is "${binding}" in package.json: one release, as 1.2.3-r.4.`);
  return version;
}

/**
 * Fetches it once per user.
 * @returns a folder for `KECS_DB_EXTENSION_DIR`
 */
export async function duckdbExtensions(root: string, cache: string): Promise<string> {
  const version = await duckdbVersion(root);
  const folder = join(cache, "duckdb-extensions");
  const { platform, arch } = process;
  const system = `${SYSTEMS[platform] ?? platform}_${PROCESSORS[arch] ?? arch}`;
  const target = join(folder, `v${version}`, system, FILE);
  if (existsSync(target)) return folder;
  await mkdir(join(target, ".."), { recursive: true });
  const work = await mkdtemp(join(folder, "fetching."));
  try {
    await run("python3", ["-m", "venv", join(work, "venv")], { timeoutMs: 300_000 });
    const args = ["install", "--quiet", "--no-deps", "--target", join(work, "package"), `${PACKAGE}==${version}`];
    await run(join(work, "venv/bin/pip"), args, { timeoutMs: 600_000 });
    const file = join(work, "package", PACKAGE.replaceAll("-", "_"), "extensions", `v${version}`, FILE);
    await copyFile(file, join(work, FILE));
    await rename(join(work, FILE), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
