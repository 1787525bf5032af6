import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runSql } from "../ad-hoc-sql.ts";
import { rollOver } from "../archive/roll-over.ts";
import type { Change } from "../batch.ts";
import { DatabaseLockedError } from "../database-file.ts";
import type { Store } from "../store.ts";
import { fill } from "../testing/fill.ts";
import { Folder, identity, keepingLog, quiet } from "../testing/fixtures.ts";
import { at, story } from "../testing/story.ts";
import { createBackup } from "./backup.ts";
import { restore, RestoreError, type RestoreOptions } from "./restore.ts";
import { salvage } from "./salvage.ts";

const CHURN = fileURLToPath(new URL("../testing/churn.ts", import.meta.url));
const signal = new AbortController().signal;
const STORY = story();
const upTo = (time: string): Change[] => STORY.filter((change) => change.at <= new Date(at(time)));
const after = (time: string): Change[] => STORY.filter((change) => change.at > new Date(at(time)));

describe("restoring", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  const places = () => ({
    ...folder.places,
    identity,
    log: quiet,
  });
  const again = (options: Partial<RestoreOptions> = {}) => restore({ ...places(), ...options });
  const open = (lines: string[] = []) =>
    folder.open({ log: keepingLog(lines), salvage: () => salvage({ ...places(), log: keepingLog(lines) }) });

  const archiveAll = (store: Store) =>
    rollOver(store, { before: new Date("2026-11-25T00:00:00Z"), limit: 1e6, sliceRows: 3, now: () => new Date() });

  /** All that a database shows: history and current state. */
  async function content(store: Store): Promise<Record<string, unknown>> {
    const shown: Record<string, unknown> = {};
    for (const table of ["history", "clusters", "services", "tasks", "task_definitions", "task_definition_families"]) {
      const columns = table === "history" || table === "task_definition_families" ? "*" : "* EXCLUDE (updated_at)";
      shown[table] = (await runSql(store, `SELECT ${columns} FROM ${table} ORDER BY ALL`, signal)).rows;
    }
    return shown;
  }

  /** What a database shows that has seen the story up to a time, and nothing else. */
  async function expected(time: string): Promise<Record<string, unknown>> {
    const other = new Folder();
    try {
      const store = await other.open();
      await fill(store, upTo(time));
      return await content(store);
    } finally {
      other.remove();
    }
  }

  /** The story, with a backup at noon, and all that is outdated in the archive. */
  async function live(): Promise<Store> {
    const store = await open();
    await fill(store, upTo("11:59:59"));
    await archiveAll(store);
    await createBackup(store, quiet, new Date(at("11:59:59")));
    await fill(store, after("11:59:59"));
    await archiveAll(store);
    return store;
  }

  for (const time of ["10:30:00", "12:03:00", "16:00:00"]) {
    it(`brings back what was there at ${time}, from backup, archive and the file in use`, async () => {
      (await live()).close();
      const restored = await again({ at: new Date(at(time)) });
      expect(restored.changes).to.equal(upTo(time).length);
      expect(readdirSync(folder.path)).to.include(restored.aside?.split("/").at(-1));
      const store = await open();
      expect(await content(store)).to.deep.equal(await expected(time));
      // What comes now is numbered after that, and nothing of what was later comes back.
      await fill(store, upTo("10:00:00"));
      await archiveAll(store);
      store.close();
      rmSync(join(folder.path, "kecs.duckdb"));
      const salvaged = await open();
      const { rows } = await runSql(
        salvaged,
        "SELECT count(*)::INTEGER, count(DISTINCT position)::INTEGER, coalesce(max(changed_at)::VARCHAR, '') FROM history",
        signal,
      );
      expect(rows[0]?.[0]).to.equal(rows[0]?.[1]);
      expect((rows[0]?.[2] as string) <= `2026-11-24 ${time}`).to.equal(true);
    });
  }

  it("keeps histories apart: after a restore an older backup's end is another one's", async () => {
    (await live()).close();
    await again({ at: new Date(at("10:30:00")) });
    const store = await open();
    // Other things happen now than did then, under the same positions.
    await fill(store, after("12:00:00"));
    await archiveAll(store);
    const other = await content(store);
    store.close();
    const all = await again();
    expect(all.backup).to.equal(undefined);
    const same = await open();
    expect(await content(same)).to.deep.equal(other);
    same.close();
    const old = await again({ backup: "2026-11-24T11-59-59-000Z" });
    expect(old.attached).to.equal(0);
    const history = (await content(await open()))["history"] as unknown[];
    const wanted = (await expected("11:59:59"))["history"] as unknown[];
    // The files of the archive that it lists were put aside by the first restore; nothing of the other history is in it.
    expect(wanted.map((row) => JSON.stringify(row))).to.include.members(history.map((row) => JSON.stringify(row)));
  });

  it("takes the backup alone where it is named", async () => {
    (await live()).close();
    const restored = await again({ backup: "2026-11-24T11-59-59-000Z" });
    expect(restored.replayed).to.equal(0);
    expect(await content(await open())).to.deep.equal(await expected("11:59:59"));
  });

  it("takes all there is where nothing is named, and again", async () => {
    const store = await live();
    const before = await content(store);
    store.close();
    for (let time = 1; time <= 2; time++) {
      await again();
      const restored = await open();
      expect(await content(restored)).to.deep.equal(before);
      expect(await restored.read("watch_positions")).to.deep.equal([]);
      restored.close();
    }
  });

  it("does without the file in use where that cannot be read", async () => {
    (await live()).close();
    writeFileSync(join(folder.path, "kecs.duckdb"), "no database ".repeat(10_000));
    const restored = await again({ at: new Date(at("12:04:00")) });
    expect(restored.replayed).to.be.greaterThan(0);
    const { history } = await content(await open());
    // The archive lacks what was still in force.
    const wanted = new Set(((await expected("12:04:00"))["history"] as unknown[][]).map((row) => JSON.stringify(row)));
    for (const row of history as unknown[][]) expect(wanted.has(JSON.stringify(row))).to.equal(true);
    expect((history as unknown[]).length).to.be.greaterThan(upTo("11:59:59").length);
  });

  it("changes nothing where there is nothing", async () => {
    (await live()).close();
    const files = readdirSync(folder.path);
    const early = await again({ at: new Date("2020-01-01T00:00:00Z") }).catch((error: unknown) => error);
    expect(early).to.be.instanceOf(RestoreError);
    expect(String(early)).to.match(/Nothing is known up to 2020-01-01.*Nothing was changed\.$/);
    const unknown = await again({ backup: "2026-01-01" }).catch((error: unknown) => error);
    expect(String(unknown)).to.match(/There are: 2026-11-24T11-59-59-000Z\./);
    expect(readdirSync(folder.path)).to.have.members(files);
  });

  it("is refused while the gateway runs", async function () {
    this.timeout(30_000);
    const child = spawn(process.execPath, [CHURN, folder.path], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      expect(await again().catch((error: unknown) => error)).to.be.instanceOf(DatabaseLockedError);
      expect(readdirSync(folder.path).some((name) => /^kecs\.duckdb\.\d{4}-/.test(name))).to.equal(false);
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  });
});

describe("a start without a usable file", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  const open = (lines: string[]) => {
    const log = keepingLog(lines);
    return folder.open({ log, salvage: () => salvage({ ...folder.places, identity, log }) });
  };
  const positions = async (store: Store): Promise<number[]> =>
    (await runSql(store, "SELECT position::INTEGER FROM history ORDER BY 1", signal)).rows.map(([each]) =>
      Number(each),
    );
  const archiveAll = (store: Store) =>
    rollOver(store, { before: new Date("2026-11-25T00:00:00Z"), limit: 1e6, now: () => new Date() });

  it("takes the history from backup and archive, and keeps the file", async () => {
    const store = await open([]);
    await fill(store, upTo("11:59:59"));
    await createBackup(store, quiet, new Date(at("11:59:59")));
    await fill(store, after("11:59:59"));
    // Of the backup's rows the archive gets some, which are in both then.
    await archiveAll(store);
    const archived = (await runSql(store, "SELECT position::INTEGER FROM archived_history", signal)).rows.flat();
    store.close();
    truncateSync(store.file, 20_000);
    const lines: string[] = [];
    const salvaged = await open(lines);
    expect(lines).to.deep.equal([
      "database set aside; a new one is filled from Kubernetes",
      "history taken from backup and archive",
    ]);
    const known = new Set([...upTo("11:59:59").map((_, index) => index + 1), ...archived.map(Number)]);
    expect(await positions(salvaged)).to.deep.equal([...known].sort((a, b) => a - b));
    expect(readdirSync(folder.path).some((name) => /^kecs\.duckdb\.\d{4}-/.test(name))).to.equal(true);
    const { rows } = await runSql(salvaged, "SELECT count(*)::INTEGER FROM services", signal);
    expect(rows).to.deep.equal([[1]]);
  });

  it("takes it from the archive alone where there is no backup, and numbers what comes after it", async () => {
    const store = await open([]);
    await fill(store, STORY);
    await archiveAll(store);
    const archived = (await runSql(store, "SELECT position::INTEGER FROM archived_history ORDER BY 1", signal)).rows;
    store.close();
    rmSync(store.file);
    const salvaged = await open([]);
    expect(await positions(salvaged)).to.deep.equal(archived.flat());
    await fill(salvaged, upTo("10:00:00"));
    expect((await positions(salvaged)).at(-1)).to.be.greaterThan(Number(archived.at(-1)?.[0]));
  });

  it("takes an older backup where the newest is damaged, and none that is damaged", async () => {
    const store = await open([]);
    await fill(store, upTo("11:00:00"));
    await createBackup(store, quiet, new Date(at("11:00:00")));
    await fill(store, after("11:00:00"));
    const newest = await createBackup(store, quiet, new Date(at("15:00:00")));
    store.close();
    rmSync(store.file);
    truncateSync(join(newest.path, "recent_history.parquet"), 50);
    const lines: string[] = [];
    expect(await positions(await open(lines))).to.have.length(upTo("11:00:00").length);
    expect(lines).to.include("backup cannot be used");
  });

  it("begins empty where there is nothing to take", async () => {
    const lines: string[] = [];
    const store = await open(lines);
    expect(lines).to.deep.equal(["database schema brought up to date"]);
    expect(await positions(store)).to.deep.equal([]);
    expect(existsSync(join(folder.path, "restoring"))).to.equal(false);
  });
});
