import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { WatchItem } from "#lib/kube/watch-stream.ts";
import { type Source, startProjectorFrom } from "../projector.ts";
import type { Store } from "../store.ts";
import type { ProjectedResource } from "../tables.ts";
import { Folder, identity, keepingLog, task } from "../testing/fixtures.ts";
import { databaseHealth } from "./database-health.ts";

/** Text of which no two parts are alike. */
function noise(seed: number): string {
  return Array.from({ length: 60 }, (_, index) =>
    createHash("sha256").update(`${seed}-${index}`).digest("base64"),
  ).join("");
}

/** An API server's watch that begins where it is asked to: version v makes task v, up to `last`. */
function sourceOf(last: number): Source {
  return {
    head: () => Promise.resolve("0"),
    async *open(kind, from, signal): AsyncGenerator<WatchItem<ProjectedResource>> {
      if (from === undefined) yield { type: "LIST", items: [], resourceVersion: "1" };
      const until = kind === "ECSTask" ? last : 0;
      for (let version = Number(from ?? 1) + 1; version <= until && !signal.aborted; version++) {
        const object = task(`t${version}`, version, { status: { stoppedReason: noise(version) } });
        yield { type: "ADDED", object, resourceVersion: String(version) };
        // Slow enough for many commits: one that comes too far is what the reserve is for.
        if (version % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      if (signal.aborted) return;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
  };
}

describe("a full disk", function () {
  this.timeout(90_000);
  let folder: Folder;
  let disk: string;
  let mounted = false;

  before(function () {
    // Only root may mount, and only a disk of its own can be full without harm to others.
    if (process.platform !== "linux" || process.getuid?.() !== 0) this.skip();
  });
  beforeEach(function () {
    folder = new Folder();
    disk = join(folder.path, "disk");
    mkdirSync(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], { stdio: "ignore" });
      mounted = true;
    } catch {
      this.skip();
    }
  });
  afterEach(() => {
    folder.close();
    if (mounted) execFileSync("umount", [disk]);
    mounted = false;
    folder.remove();
  });

  const versions = async (store: Store): Promise<number[]> =>
    (await store.read("history_of_kind", { kind: "ECSTask" })).map((row) => Number(row["resource_version"]));

  async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (await condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect.fail(`not within a minute: ${what}`);
  }

  const LAST = 800;

  /** Fills the disk but for so many bytes. */
  function fillDisk(room: number): string {
    const { bavail, bsize } = statfsSync(disk);
    const filler = join(disk, "filler");
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - room), 1));
    return filler;
  }

  for (const [what, reserveBytes] of [
    ["is seen before it is quite full", 4_000_000],
    ["is met by DuckDB itself", 0],
  ] as const) {
    it(`has writes wait and reads go on, and nothing is lost, when it ${what}`, async () => {
      const lines: string[] = [];
      const metrics = new Registry();
      const log = keepingLog(lines);
      const ending = new AbortController();
      const store = await folder.open({ dataDir: disk, diskReserveBytes: reserveBytes, log, metrics });
      // Less than the changes take in the write-ahead log alone.
      const filler = fillDisk(reserveBytes + 1_500_000);
      const options = { store, log, metrics, identity, signal: ending.signal };
      const projector = startProjectorFrom(sourceOf(LAST), options);
      const health = () => databaseHealth({ store, projector, backups: { newest: () => undefined } });

      await until(() => store.disk.fullSince !== undefined, "the disk is full");
      expect(lines).to.include("disk full: writes to the database wait, reads go on");
      await until(async () => (await health()).status === "degraded", "it is readable and said to be full");
      const then = await versions(store);
      expect(then.length)
        .to.be.greaterThan(0)
        .and.lessThan(LAST - 1);
      expect((await health()).problems.join()).to.match(/^The disk is full: writes wait since/);
      expect(await metrics.getSingleMetricAsString("kecs_db_disk_full")).to.match(/kecs_db_disk_full 1/);

      rmSync(filler);
      await until(async () => (await versions(store).catch(() => [])).length === LAST - 1, "all has come");
      expect(await versions(store)).to.deep.equal(Array.from({ length: LAST - 1 }, (_, index) => index + 2));
      await until(async () => (await health()).status === "ok", "all is well again");
      expect(lines).to.include("there is room on the disk again; writes go on");
      expect(readdirSync(disk).filter((name) => /^kecs\.duckdb\.\d/.test(name))).to.deep.equal([]);
      ending.abort();
      await projector.stopped;
    });
  }

  it("keeps no gateway from ending", async () => {
    const lines: string[] = [];
    const ending = new AbortController();
    const log = keepingLog(lines);
    const store = await folder.open({ dataDir: disk, diskReserveBytes: 8_000_000, log, signal: ending.signal });
    fillDisk(1_000_000);
    const options = { store, log, metrics: new Registry(), identity, signal: ending.signal };
    const projector = startProjectorFrom(sourceOf(LAST), options);
    await until(() => store.disk.fullSince !== undefined, "the disk is full");
    ending.abort();
    await projector.stopped.catch(() => undefined);
  });
});
