import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../local-cluster/command.ts";
import type { RecipeMaker } from "./recipe.ts";

/** The container that holds a Pod's namespaces. */
export const pause: RecipeMaker = async ({ root }) => {
  const source = join(root, "images/pause");
  return {
    name: "pause",
    tags: ["kecs.local/pause:1"],
    config: { Entrypoint: ["/pause"], User: "65535:65535" },
    layers: [
      {
        name: "pause",
        key: await readFile(join(source, "main.go"), "utf8"),
        build: async (folder) => {
          const args = ["build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", join(folder, "pause"), "."];
          await run("go", args, { cwd: source, env: { CGO_ENABLED: "0", GOWORK: "off" }, timeoutMs: 300_000 });
        },
      },
    ],
  };
};
