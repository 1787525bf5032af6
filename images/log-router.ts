import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PATH } from "./archive.ts";
import { packagesLayer } from "./debian-layer.ts";
import type { RecipeMaker } from "./recipe.ts";

const PROGRAM = "usr/local/bin/log-router";

/** A log router for tests: it prints what it is sent by the Fluent forward protocol, by FireLens' configuration. */
export const logRouter: RecipeMaker = async (workshop) => {
  const source = join(workshop.root, "images/log-router/receive.py");
  const python = {
    name: "python-msgpack",
    packages: ["python3", "python3-msgpack"],
    source: import.meta.filename,
    finish: async () => undefined,
  };
  return {
    name: "log-router",
    tags: ["kecs.local/log-router:1"],
    config: { Env: [PATH, "PYTHONUNBUFFERED=1"], Entrypoint: ["python3", `/${PROGRAM}`] },
    layers: [
      await packagesLayer(python, workshop),
      {
        name: "log-router",
        key: await readFile(source, "utf8"),
        build: async (folder) => {
          await mkdir(join(folder, "usr/local/bin"), { recursive: true });
          await copyFile(source, join(folder, PROGRAM));
        },
      },
    ],
  };
};
