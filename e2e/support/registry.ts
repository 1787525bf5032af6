import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { renderConfig } from "../../images/archive.ts";
import { buildImage } from "../../images/build.ts";
import { pause } from "../../images/pause.ts";
import { binary, ensureBinaries } from "../../local-cluster/binaries.ts";
import { readSettings } from "../../local-cluster/settings.ts";
import { eventually } from "./wait.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

const { paths } = readSettings(process.cwd(), process.env, { platform: process.platform, uid: userInfo().uid });

/** distribution's registry on a port of loopback, where nodes and operator speak to it without TLS. */
export class TestRegistry {
  readonly host: string;
  private readonly program: string;
  private readonly folder: string;
  private readonly layer: Buffer;
  private process: ChildProcess | undefined;

  private constructor(host: string, program: string, folder: string, layer: Buffer) {
    this.host = host;
    this.program = program;
    this.folder = folder;
    this.layer = layer;
  }

  /** Builds the registry and the image's only layer where the cache has them not, and starts it, empty. */
  static async start(): Promise<TestRegistry> {
    const program = binary(await ensureBinaries(paths, ["registry"]), "registry");
    const folder = await mkdtemp(join(tmpdir(), "kecs-registry-"));
    const registry = new TestRegistry(`127.0.0.1:${await freePort()}`, program, folder, await pauseLayer());
    await registry.restart();
    return registry;
  }

  /** Starts it again with what it had. */
  async restart(): Promise<void> {
    const config = join(this.folder, "config.json");
    const rootdirectory = join(this.folder, "data");
    await mkdir(rootdirectory, { recursive: true });
    await writeFile(
      config,
      JSON.stringify({
        version: 0.1,
        log: { level: "error", accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory } },
        http: { addr: this.host },
      }),
    );
    const env = { ...process.env, OTEL_TRACES_EXPORTER: "none" };
    const child = spawn(this.program, ["serve", config], { env, stdio: ["ignore", "ignore", "pipe"] });
    this.process = child;
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const answers = async () => child.exitCode !== null || (await fetch(`http://${this.host}/v2/`)).ok;
    await eventually("the registry answers", answers, 20_000, 50);
    if (child.exitCode !== null) throw new Error(`the registry has ended: ${said}`);
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** Ends it and drops what it had. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * Pushes an image that runs until it is told to stop.
   * @param version another version gives another digest
   * @returns the digest of its manifest
   */
  async push(repository: string, tag: string, version: string): Promise<string> {
    const layer = digestOf(this.layer);
    const settings = { Entrypoint: ["/pause"], User: "65535:65535", Labels: { version } };
    const config = Buffer.from(renderConfig(settings, [layer.replace("sha256:", "")]));
    for (const blob of [this.layer, config]) await this.upload(repository, blob);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: LAYER, digest: layer, size: this.layer.length }],
    });
    const url = `http://${this.host}/v2/${repository}/manifests/${tag}`;
    await accepted(fetch(url, { method: "PUT", headers: { "content-type": MANIFEST }, body: manifest }));
    return digestOf(Buffer.from(manifest));
  }

  /** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put */
  private async upload(repository: string, blob: Buffer): Promise<void> {
    const uploads = `http://${this.host}/v2/${repository}/blobs/uploads/`;
    const begun = await accepted(fetch(uploads, { method: "POST" }));
    const url = new URL(begun.headers.get("location") ?? "", uploads);
    url.searchParams.set("digest", digestOf(blob));
    await accepted(fetch(url, { method: "PUT", body: new Uint8Array(blob) }));
  }
}

async function accepted(call: Promise<Response>): Promise<Response> {
  const response = await call;
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${body}`);
  return response;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The layer of the image that holds Pods' namespaces: one small program. */
async function pauseLayer(): Promise<Buffer> {
  const { root, cache } = paths;
  const workshop = { root, cache, program: () => "" };
  const { archive } = await buildImage(await pause(workshop), workshop);
  const read = async (file: string): Promise<Buffer> => {
    const tar = promisify(execFile)("tar", ["-xOf", archive, file], {
      encoding: "buffer",
      maxBuffer: 64 * 1024 * 1024,
    });
    return (await tar).stdout;
  };
  const [image] = JSON.parse((await read("./manifest.json")).toString()) as { Layers: string[] }[];
  return read(`./${image?.Layers[0]}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
