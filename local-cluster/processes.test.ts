import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseStat, processIdentity } from "./process-identity.ts";
import {
  ensureProcess,
  fingerprintOf,
  inheritedEnvironment,
  isAlive,
  parseRecord,
  readRecord,
  stopProcess,
} from "./processes.ts";
import { readSettings, type Paths } from "./settings.ts";
import { waitFor } from "./wait.ts";

describe("background processes", () => {
  let folder: string;
  let paths: Paths;
  const sleeper = (seconds: string) => ({ name: "sleeper", command: "sleep", args: [seconds] });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "kecs-"));
    ({ paths } = readSettings(folder, {}, { platform: "linux", uid: 1000 }));
    await mkdir(paths.logs, { recursive: true });
  });

  afterEach(async () => {
    await stopProcess(paths, "sleeper");
    await rm(folder, { recursive: true, force: true });
  });

  it("start once, and again only when they are to run differently or have died", async () => {
    expect(await ensureProcess(paths, sleeper("60"))).to.equal("started");
    expect(await ensureProcess(paths, sleeper("60"))).to.equal("running");
    expect(await ensureProcess(paths, sleeper("61"))).to.equal("restarted");
    const record = await readRecord(paths, "sleeper");
    if (record === undefined) throw new Error("no record was written");
    process.kill(record.pid, "SIGKILL");
    await waitFor("its end", async () => !(await isAlive(record)), { timeoutMs: 5000, intervalMs: 5 });
    expect(await ensureProcess(paths, sleeper("61"))).to.equal("started");
  });

  it("are ended by the one who started them", async () => {
    await ensureProcess(paths, sleeper("60"));
    expect(await stopProcess(paths, "sleeper")).to.equal(true);
    expect(await stopProcess(paths, "sleeper")).to.equal(false);
  });

  it("are never mistaken for a later process with the same pid", async () => {
    await ensureProcess(paths, sleeper("60"));
    const file = join(paths.pids, "sleeper.json");
    const text = await readFile(file, "utf8");
    const record = parseRecord(text);
    await writeFile(file, JSON.stringify({ ...record, identity: "another boot/1" }));
    expect(await stopProcess(paths, "sleeper")).to.equal(false);
    expect(record && (await isAlive(record))).to.equal(true);
    await writeFile(file, text);
  });

  it("that cannot be started say so", async () => {
    const missing = { name: "missing", command: "/no/such/program", args: [] };
    const error = await ensureProcess(paths, missing).catch((thrown: Error) => thrown);
    expect(String(error)).to.match(/\/no\/such\/program cannot be started/);
  });

  it("have a fingerprint that follows arguments, environment and inputs", () => {
    const spec = sleeper("1");
    const prints = [spec, { ...spec, args: ["2"] }, { ...spec, env: { A: "1" } }, { ...spec, inputs: ["x"] }].map(
      fingerprintOf,
    );
    expect(new Set(prints).size).to.equal(4);
    expect(fingerprintOf({ ...spec })).to.equal(prints[0]);
  });

  it("do not inherit the local cluster's own settings", () => {
    const env = { PATH: "/bin", KECS_CACHE: "/c", KECS_CLUSTER_SLOT: "1", KECS_PORT: "1" };
    expect(inheritedEnvironment(env)).to.deep.equal({ PATH: "/bin", KECS_PORT: "1" });
  });

  it("ignore a damaged record", () => {
    expect(parseRecord('{"name":"a","pid":"7"}')).to.equal(undefined);
    expect(parseRecord('{"name":"a","pid":1,"identity":"i","fingerprint":"f","command":"c"}')).to.equal(undefined);
    expect(parseRecord("null")).to.equal(undefined);
  });
});

describe("process identity", () => {
  it("is the same as long as the process lives and missing when there is none", async () => {
    expect(await processIdentity(process.pid)).to.equal(await processIdentity(process.pid));
    expect(await processIdentity(2 ** 22 + 1)).to.equal(undefined);
  });

  it("is read past a command name with brackets and spaces", () => {
    const after = Array.from({ length: 40 }, (_, index) => index).join(" ");
    expect(parseStat(`12 (a) b (c) S ${after}`)).to.deep.equal({ state: "S", startTicks: "18" });
  });
});
