/** Writes image archives that `ctr images import` and `docker load` read. The same files give the same bytes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { cp, link, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../local-cluster/command.ts";

/** The part of an image's configuration that says how its containers run. @see https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig {
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  User?: string;
  WorkingDir?: string;
  ExposedPorts?: Record<string, object>;
  StopSignal?: string;
  Labels?: Record<string, string>;
}

export interface ImageContent {
  /** Full names with tag, such as `docker.io/library/busybox:latest`. */
  tags: string[];
  config: ImageConfig;
  /** Layers as tar files, lowest first. */
  layers: string[];
}

/** No clock: an image's age would make each build another image. */
const CREATED = "2000-01-01T00:00:00Z";
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };

export const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Packs a folder into a layer; all files belong to root and are of one age. */
export async function packLayer(folder: string, target: string): Promise<void> {
  const same = ["--sort=name", "--mtime=@946684800", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"];
  await run("tar", [...same, "-C", folder, "-cf", target, "."], { timeoutMs: 300_000 });
}

/** Writes one archive; when it returns, the file is complete. */
export async function writeArchive(image: ImageContent, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(`${target}.`);
  try {
    const digests = await Promise.all(image.layers.map(sha256OfFile));
    for (const [index, layer] of image.layers.entries()) await linkOrCopy(layer, join(folder, `${digests[index]}.tar`));
    const config = renderConfig(image.config, digests);
    const configFile = `${createHash("sha256").update(config).digest("hex")}.json`;
    await writeFile(join(folder, configFile), config);
    const layers = digests.map((digest) => `${digest}.tar`);
    await writeFile(
      join(folder, "manifest.json"),
      JSON.stringify([{ Config: configFile, RepoTags: image.tags, Layers: layers }]),
    );
    await packLayer(folder, `${folder}.tar`);
    await rename(`${folder}.tar`, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(`${folder}.tar`, { force: true });
  }
}

/** An image's configuration file. @see https://github.com/opencontainers/image-spec/blob/main/config.md */
export function renderConfig(config: ImageConfig, layerDigests: string[]): string {
  return JSON.stringify({
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: "linux",
    created: CREATED,
    config,
    rootfs: { type: "layers", diff_ids: layerDigests.map((digest) => `sha256:${digest}`) },
    history: layerDigests.map(() => ({ created: CREATED })),
  });
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await cp(from, to);
  }
}

async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
