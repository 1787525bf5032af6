import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { downloadPackages, resolvePackages, unpackPackages } from "./debian.ts";
import type { Layer, Workshop } from "./recipe.ts";

export interface PackagesLayer {
  name: string;
  packages: string[];
  /** The file that describes the image: a change of it makes the layer anew. */
  source: string;
  /** What is done to the unpacked files. */
  finish: (root: string) => Promise<void>;
}

/** A layer of Debian packages with all that they need. */
export async function packagesLayer(
  { name, packages, source, finish }: PackagesLayer,
  { cache }: Workshop,
): Promise<Layer> {
  const folder = join(cache, "packages");
  const resolved = await resolvePackages(packages, folder);
  const sources = await Promise.all(
    [source, join(import.meta.dirname, "debian.ts")].map((file) => readFile(file, "utf8")),
  );
  return {
    name,
    key: [...resolved, ...sources].join("\n"),
    build: async (root) => {
      await unpackPackages(await downloadPackages(resolved, folder), root);
      await finish(root);
    },
  };
}
