/** Makes image archives, each layer and each archive once per content. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { packLayer, writeArchive } from "./archive.ts";
import type { Layer, Recipe, Workshop } from "./recipe.ts";

export interface BuiltImage {
  name: string;
  tags: string[];
  /** The archive's path; its name changes with its content. */
  archive: string;
}

/** Makes one image, unless the cache has just this one. */
export async function buildImage(recipe: Recipe, workshop: Workshop): Promise<BuiltImage> {
  const digest = hash(
    JSON.stringify([recipe.tags, recipe.config, recipe.layers.map((layer) => layer.key), process.arch]),
  );
  const archive = join(workshop.cache, "images", `${recipe.name}-${digest}.tar`);
  if (!existsSync(archive)) {
    const layers: string[] = [];
    for (const layer of recipe.layers) layers.push(await buildLayer(layer, workshop));
    await writeArchive({ tags: recipe.tags, config: recipe.config, layers }, archive);
  }
  return { name: recipe.name, tags: recipe.tags, archive };
}

async function buildLayer(layer: Layer, { cache }: Workshop): Promise<string> {
  const folder = join(cache, "layers");
  const target = join(folder, `${layer.name}-${hash(`${layer.key}${process.arch}`)}.tar`);
  if (existsSync(target)) return target;
  await mkdir(folder, { recursive: true });
  const files = await mkdtemp(join(folder, `${layer.name}.`));
  try {
    await layer.build(files);
    await packLayer(files, `${files}.tar`);
    await rename(`${files}.tar`, target);
  } finally {
    await rm(files, { recursive: true, force: true });
    await rm(`${files}.tar`, { force: true });
  }
  return target;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
