import { userInfo } from "node:os";
import type { RecipeMaker } from "../../images/recipe.ts";
import { loadImages, makeImage } from "../../local-cluster/images.ts";
import { readSettings } from "../../local-cluster/settings.ts";

/** Makes an image that only tests use, where the cache has it not, and brings it to the local cluster's real node. */
export async function loadTestImage(maker: RecipeMaker): Promise<void> {
  const host = { platform: process.platform, uid: userInfo().uid };
  const cluster = { settings: readSettings(process.cwd(), process.env, host), binaries: {} };
  await loadImages(cluster, [await makeImage(cluster, maker)]);
}
