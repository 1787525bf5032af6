import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { RecipeMaker } from "./recipe.ts";

/** The cluster's DNS server. */
export const coredns: RecipeMaker = async ({ program }) => {
  const binary = program("coredns");
  return {
    name: "coredns",
    tags: ["kecs.local/coredns:1"],
    config: { Entrypoint: ["/coredns"] },
    layers: [
      {
        name: "coredns",
        // The path holds version and hash of the sources.
        key: binary,
        build: async (folder) => {
          await mkdir(join(folder, "tmp"), { mode: 0o1777 });
          await copyFile(binary, join(folder, "coredns"));
        },
      },
    ],
  };
};
