import { expect } from "chai";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Registry } from "prom-client";
import { parse } from "yaml";
import { ENVIRONMENT_NAMES, SETTINGS } from "#lib/settings.ts";
import { Archive } from "../archive/archive.ts";
import { Backups } from "../backup/backups.ts";
import { Folder, identity, quiet } from "../testing/fixtures.ts";
import { startProjectorFrom } from "../projector.ts";
import { Feed } from "../testing/feed.ts";
import { ReadCache } from "../read-cache.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const PAGE = read("docs/operations.md");
const KECS = fileURLToPath(new URL("../../bin/kecs.ts", import.meta.url));

/** The value at a dotted path of the chart's values. */
function chartValue(path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], {
    ...(parse(read("charts/kecs/values.yaml")) as object),
  });
}

describe("docs/operations.md", () => {
  let folder: Folder;
  before(() => (folder = new Folder()));
  after(() => folder.remove());

  it("names settings and chart values that there are, with their defaults", () => {
    const named = [...PAGE.matchAll(/KECS_[A-Z_]+/g)].map(([name]) => name);
    for (const name of named) expect(ENVIRONMENT_NAMES.has(name), name).to.equal(true);
    const values = [...PAGE.matchAll(/`(gateway\.[A-Za-z.]+)`/g)].map(([, path = ""]) => path);
    expect(values).to.have.length.greaterThan(6);
    for (const path of values) expect(chartValue(path), path).to.not.equal(undefined);
    const rows = [...PAGE.matchAll(/^\| `(KECS_\w+)` \| `([\w.]+)` \| (\d+) \|/gm)];
    expect(rows).to.have.length(4);
    for (const [, env = "", path = "", value] of rows) {
      const setting = ENVIRONMENT_NAMES.get(env);
      expect(setting && SETTINGS[setting].default, env).to.equal(Number(value));
      expect(chartValue(path), path).to.equal(Number(value));
    }
  });

  it("names metrics that there are", async () => {
    const metrics = new Registry();
    const ending = new AbortController();
    const store = await folder.open({ metrics });
    const options = { store, log: quiet, metrics, signal: ending.signal, intervalSeconds: 0 };
    const archive = { afterSeconds: 60, maxBytes: 1e9, kubernetesMaxBytes: 1e9, retentionSeconds: 1e9 };
    const parts = [new Archive({ ...options, policy: archive }), new Backups({ ...options, keep: 1 })];
    const cache = new ReadCache({ metrics, maxBytes: 1, ttlSeconds: 1 });
    const projector = startProjectorFrom(new Feed(), { ...options, cache, identity });
    const registered = (await metrics.getMetricsAsJSON()).map(({ name }) => name);
    ending.abort();
    await projector.stopped;
    expect(parts).to.have.length(2);
    const named = [...PAGE.matchAll(/kecs_[a-z_]+/g)].map(([name]) => name);
    expect(named).to.have.length.greaterThan(10);
    expect(registered).to.include.members(named);
  });

  it("has commands that are understood", async () => {
    const lines = [...PAGE.matchAll(/^node bin\/kecs\.ts ([^#\n]+)/gm)].map(([, line = ""]) =>
      line.trim().split(/\s+/),
    );
    expect(lines.map(([command]) => command)).to.deep.equal(["backup", "backups", "verify", "restore"]);
    const env = {
      PATH: process.env["PATH"] ?? "",
      KECS_ADMIN_ENDPOINT: "http://127.0.0.1:1",
      KECS_DATA_DIR: `${folder.path}/empty`,
    };
    for (const line of lines) {
      const failure = await promisify(execFile)(process.execPath, [KECS, ...line], { env, cwd: folder.path }).then(
        () => expect.fail(`${line.join(" ")} found something`),
        (error: { code: number; stderr: string }) => error,
      );
      // Nobody answers there, and there is nothing to restore; used wrongly would be 2.
      expect(failure.code, failure.stderr).to.equal(1);
      expect(failure.stderr).to.match(/does not answer|Nothing is known up to/);
    }
  });
});
