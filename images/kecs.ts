import { chmod, copyFile, cp, mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { run } from "../local-cluster/command.ts";
import { PATH } from "./archive.ts";
import { packagesLayer } from "./debian-layer.ts";
import { writeAccounts } from "./debian.ts";
import { duckdbExtensions, duckdbVersion } from "./duckdb-extension.ts";
import type { Layer, RecipeMaker, Workshop } from "./recipe.ts";

/** What runs; the Dockerfile copies the same. */
const SOURCES = [
  "package.json",
  "agent",
  "api-gateway",
  "bin",
  "crds",
  "lib",
  "logs",
  "model",
  "operator",
  "projector",
  "sql",
];
const APP = "app";
/** Where DuckDB's file lies; a volume belongs here. */
const DATA = "var/lib/kecs";
/** DuckDB's extensions. */
const EXTENSIONS = "usr/lib/duckdb";
/** Of npm packages only these are never read by a running program. */
const UNREAD = /\.(map|d\.[cm]?ts|md|markdown)$/;

/** KECS itself, operator, gateway and agent in one: `args` of a container say which. */
export const kecs: RecipeMaker = async (workshop) => {
  const base = {
    name: "kecs-base",
    packages: ["libc6", "libstdc++6", "libgcc-s1", "ca-certificates", "tzdata"],
    source: import.meta.filename,
    finish: (root: string) => writeAccounts(root, [{ name: "kecs", id: 65532, home: "/app" }]),
  };
  const { version } = JSON.parse(await readFile(join(workshop.root, "package.json"), "utf8")) as { version: string };
  return {
    name: "kecs",
    tags: ["dev", version].map((tag) => `docker.io/library/kecs:${tag}`),
    config: {
      Env: [
        PATH,
        "NODE_ENV=production",
        `KECS_DATA_DIR=/${DATA}`,
        `KECS_DB_EXTENSION_DIR=/${EXTENSIONS}`,
        "MALLOC_ARENA_MAX=2",
      ],
      Entrypoint: ["node"],
      Cmd: ["api-gateway/main.ts"],
      User: "65532:65532",
      WorkingDir: `/${APP}`,
      ExposedPorts: { "8080/tcp": {}, "8081/tcp": {}, "8082/tcp": {}, "8083/tcp": {}, "8084/tcp": {} },
    },
    // From what changes least to what changes most, so that most of an image is there already.
    layers: [
      await packagesLayer(base, workshop),
      nodeLayer(),
      await modulesLayer(workshop.root),
      await extensionsLayer(workshop),
      await sourcesLayer(workshop.root),
    ],
  };
};

function nodeLayer(): Layer {
  return {
    name: "kecs-node",
    key: process.version,
    build: async (folder) => {
      await mkdir(join(folder, "usr/local/bin"), { recursive: true });
      await copyFile(process.execPath, join(folder, "usr/local/bin/node"));
    },
  };
}

async function modulesLayer(root: string): Promise<Layer> {
  const files = ["package.json", "package-lock.json"].map((name) => join(root, name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return {
    name: "kecs-modules",
    key: [...texts, UNREAD.source].join("\n"),
    build: async (folder) => {
      const app = join(folder, APP);
      await mkdir(app);
      for (const file of files) await cp(file, join(app, file.slice(dirname(file).length + 1)));
      const args = ["install", "--omit=dev", "--no-save", "--no-fund", "--no-audit", "--loglevel=error"];
      await run("npm", args, { cwd: app, timeoutMs: 600_000 });
      for (const file of files) await rm(join(app, file.slice(dirname(file).length + 1)));
      await rm(join(app, "node_modules/.package-lock.json"), { force: true });
      await removeUnread(join(app, "node_modules"));
    },
  };
}

async function extensionsLayer({ root, cache }: Workshop): Promise<Layer> {
  return {
    name: "kecs-duckdb-extensions",
    key: await duckdbVersion(root),
    build: async (folder) => {
      const from = join(await duckdbExtensions(root, cache), `v${await duckdbVersion(root)}`);
      await cp(from, join(folder, EXTENSIONS, basename(from)), { recursive: true });
    },
  };
}

async function removeUnread(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && UNREAD.test(entry.name)) await rm(join(entry.parentPath, entry.name));
  }
}

async function sourcesLayer(root: string): Promise<Layer> {
  const files: string[] = [];
  for (const source of SOURCES) files.push(...(await listFiles(root, source)));
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(await readFile(join(root, file)));
  return {
    name: "kecs-sources",
    key: hash.digest("hex"),
    build: async (folder) => {
      for (const file of files) {
        await mkdir(dirname(join(folder, APP, file)), { recursive: true });
        await copyFile(join(root, file), join(folder, APP, file));
      }
      await mkdir(join(folder, DATA), { recursive: true });
      await chmod(join(folder, DATA), 0o1777);
    },
  };
}

/** Files that belong into the image, relative to the checkout: no tests, no generators. */
async function listFiles(root: string, name: string): Promise<string[]> {
  const path = join(root, name);
  if ((await stat(path)).isFile()) return [name];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const kept = files.filter((file) => !file.endsWith(".test.ts") && !file.startsWith(join(root, "model/generate/")));
  return kept.map((file) => file.slice(root.length + 1)).sort();
}
