/** Brings images into the node's containerd. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildImage, type BuiltImage } from "../images/build.ts";
import { CLUSTER_IMAGES, kecs, LOCAL_IMAGES } from "../images/catalog.ts";
import { hasDebianPackages } from "../images/debian.ts";
import type { RecipeMaker, Workshop } from "../images/recipe.ts";
import { binary } from "./binaries.ts";
import type { Cluster } from "./components/cluster.ts";
import { ctr } from "./components/containerd.ts";
import { isAlive, readRecord } from "./processes.ts";
import { registryAnswers } from "./registry.ts";
import { say, step } from "./report.ts";
import type { Settings } from "./settings.ts";

/** Makes the images that a node is to have. */
export async function buildImages(cluster: Cluster): Promise<BuiltImage[]> {
  const makers = [...CLUSTER_IMAGES];
  if (await wantsStandIns(cluster.settings)) makers.push(...LOCAL_IMAGES);
  const images: BuiltImage[] = [];
  for (const maker of makers) images.push(await makeImage(cluster, maker));
  return images;
}

/** Stand-ins for busybox and nginx would hide the real ones from whoever can pull them. */
async function wantsStandIns(settings: Settings): Promise<boolean> {
  const wanted = settings.standIns ?? (settings.isolated || !(await registryAnswers()));
  if (!wanted || (await hasDebianPackages())) return wanted;
  say(
    "busybox and nginx are made of Debian packages, and apt is not here: images must be pulled from their registries",
  );
  return false;
}

/** Makes one image. */
export async function makeImage({ settings, binaries }: Cluster, maker: RecipeMaker): Promise<BuiltImage> {
  const { root, cache } = settings.paths;
  const workshop: Workshop = { root, cache, program: (name) => binary(binaries, name) };
  return buildImage(await maker(workshop), workshop);
}

/** `make image`: makes KECS's own image and, where containerd runs, loads it. */
export async function image(settings: Settings): Promise<void> {
  if (!(await hasDebianPackages())) {
    throw new Error(
      "without Docker the image is made of Debian packages, and apt is not here: `docker build -t kecs:dev .` makes it",
    );
  }
  const cluster = { settings, binaries: {} };
  const built = await step("image kecs:dev made", () => makeImage(cluster, kecs));
  say(built.archive);
  const containerd = await readRecord(settings.paths, "containerd");
  if (containerd !== undefined && (await isAlive(containerd))) {
    await step("image kecs:dev loaded", () => loadImages(cluster, [built]));
  }
}

/** Imports archives that this containerd has not been given yet. */
export async function loadImages({ settings }: Cluster, images: BuiltImage[]): Promise<void> {
  const folder = join(settings.paths.state, "containerd/loaded");
  await mkdir(folder, { recursive: true });
  for (const { name, archive } of images) {
    const record = join(folder, name);
    if ((await readFile(record, "utf8").catch(() => "")) === archive) continue;
    await ctr(settings, ["images", "import", archive], 300_000);
    await writeFile(record, archive);
  }
}
