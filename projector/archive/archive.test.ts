import { expect } from "chai";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { runSql } from "../ad-hoc-sql.ts";
import type { Change } from "../batch.ts";
import { createHistory } from "../history.ts";
import type { Store } from "../store.ts";
import { fill } from "../testing/fill.ts";
import { Folder, identity, task } from "../testing/fixtures.ts";
import { ARN, at, story } from "../testing/story.ts";
import { archiveFiles } from "./partitions.ts";
import { rollOver } from "./roll-over.ts";
import { archiveAt } from "./testing/archive-at.ts";

const signal = new AbortController().signal;

const positionsOf = async (store: Store, table: string): Promise<number[]> =>
  (await runSql(store, `SELECT position::INTEGER FROM ${table} ORDER BY 1`, signal)).rows.map(([position]) =>
    Number(position),
  );

/** Changes of one task, a version each second from the beginning of a day. */
function changesOf(name: string, versions: number, from: string): Change[] {
  return Array.from({ length: versions }, (_, index) => ({
    kind: "ECSTask",
    type: index === versions - 1 ? "DELETED" : "MODIFIED",
    source: "watch",
    object: task(name, index + 2, { status: { lastStatus: "STOPPED", stoppedReason: `reason ${index % 10}` } }),
    resourceVersion: String(index + 2),
    at: new Date(Date.parse(from) + index * 1000),
  }));
}

describe("the archive", () => {
  let folder: Folder;
  let store: Store;
  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
  });
  afterEach(() => folder.remove());

  it("takes what is outdated long enough, and leaves what is shown or was replaced lately", async () => {
    await fill(store, story());
    const before = await positionsOf(store, "history");
    const moved = await archiveAt(store, at("12:40:00")).run();
    // Until 11:40: task aaa was PENDING (replaced at 11:00:10), and two of web's states (at 11:05 and 11:30).
    expect(moved.rows).to.equal(3);
    expect(await positionsOf(store, "archived_history")).to.deep.equal([3, 4, 6]);
    expect(await positionsOf(store, "history")).to.deep.equal(before);
    await archiveAt(store, "2026-12-24T12:00:00Z").run();
    const stays = await runSql(store, "SELECT kind, name FROM recent_history ORDER BY kind, name", signal);
    // The cluster and the task definitions exist, web is shown as INACTIVE, aaa has not been deleted.
    expect(stays.rows).to.deep.equal([
      ["ECSCluster", "shop"],
      ["ECSService", "web"],
      ["ECSTask", "aaa"],
      ["ECSTaskDefinition", "web.1"],
      ["ECSTaskDefinition", "web.2"],
    ]);
    expect(await positionsOf(store, "history")).to.deep.equal(before);
  });

  it("does not show in any view or answer where a row is", async () => {
    await fill(store, story());
    const { rows } = await runSql(store, "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1", signal);
    const views = rows.map(([name]) => name as string).filter((name) => name !== "archived_history");
    const content = async () => {
      const shown: Record<string, unknown> = {};
      for (const view of views) shown[view] = (await runSql(store, `FROM ${view} ORDER BY ALL`, signal)).rows;
      const history = createHistory(store, identity);
      const arn = `${ARN}:service/shop/web`;
      shown["of"] = await history.of(arn, { limit: 100 });
      shown["at"] = await history.at(arn, new Date(at("12:01:00")));
      shown["begins"] = await history.begins();
      return shown;
    };
    const before = await content();
    await archiveAt(store, "2026-12-24T12:00:00Z").run();
    expect((await positionsOf(store, "archived_history")).length).to.be.greaterThan(10);
    expect(await content()).to.deep.equal(before);
    await store.reopen();
    expect(await content()).to.deep.equal(before);
  });

  it("writes files by day that only their owner may read, and merges those of a day that is over", async () => {
    await fill(store, [...changesOf("a", 100, "2026-11-20T23:59:30Z"), ...changesOf("b", 100, "2026-11-20T12:00:00Z")]);
    await rollOver(store, {
      before: new Date("2026-11-21T06:00:00Z"),
      limit: 1e6,
      sliceRows: 20,
      now: () => new Date(),
    });
    const days = Map.groupBy(await archiveFiles(store), ({ day }) => day);
    expect([...days.keys()]).to.deep.equal(["2026-11-20", "2026-11-21"]);
    expect(days.get("2026-11-20")).to.have.length.greaterThan(5);
    const positions = await positionsOf(store, "history");
    const archive = archiveAt(store, "2026-11-23T00:00:00Z");
    await archive.run();
    const merged = await archiveFiles(store);
    expect(merged.map(({ day }) => day)).to.deep.equal(["2026-11-20", "2026-11-21"]);
    expect(merged.map(({ rows }) => rows)).to.deep.equal([129, 71]);
    expect(await positionsOf(store, "history")).to.deep.equal(positions);
    for (const { path } of merged) expect(statSync(store.archive.fileOf(path)).mode & 0o777).to.equal(0o600);
    // What was merged stays a while for queries that still read it.
    expect(store.archive.list()).to.have.length.greaterThan(2);
    await archive.run();
    await archive.run();
    expect(store.archive.list()).to.have.members(merged.map(({ path }) => path));
  });

  it("lets days go that are older than they are to be kept", async () => {
    await fill(store, [...changesOf("a", 10, "2026-11-20T12:00:00Z"), ...changesOf("b", 10, "2026-11-22T12:00:00Z")]);
    const archive = archiveAt(store, "2026-11-24T00:00:00Z", { retentionSeconds: 2 * 86_400 });
    await archive.run();
    await archive.run();
    await archive.run();
    expect(await positionsOf(store, "history")).to.deep.equal([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(store.archive.list()).to.have.length(1);
    // Positions are not given again, though none of them is in the database.
    await fill(store, changesOf("c", 1, "2026-11-24T00:00:00Z"));
    expect(await positionsOf(store, "recent_history")).to.deep.equal([21]);
  });

  it("takes the oldest sooner when the file grows too large, and gives the space back", async function () {
    this.timeout(60_000);
    const usedBlocks = async (): Promise<number> =>
      Number((await runSql(store, "SELECT used_blocks::INTEGER FROM pragma_database_size()", signal)).rows[0]?.[0]);
    const long = Array.from({ length: 4000 }, (_, index) => changesOf(`t${index}`, 2, "2026-11-24T12:00:00Z")).flat();
    for (const [index, change] of long.entries()) {
      const unlike = Buffer.from(String(Math.sin(index)).repeat(60)).toString("base64");
      Object.assign(change.object, { status: { lastStatus: "STOPPED", stoppedReason: unlike } });
    }
    await fill(store, long);
    await store.checkpoint();
    const before = await usedBlocks();
    const archive = archiveAt(store, "2026-11-24T12:10:00Z", { maxBytes: 1_000_000 });
    const { rows } = await archive.run();
    expect(rows).to.be.greaterThan(5000);
    expect(await usedBlocks()).to.be.lessThan(before / 2);
    const counted = await runSql(store, "SELECT count(*)::INTEGER FROM history", signal);
    expect(counted.rows).to.deep.equal([[8000]]);
  });

  it("sees that the file has grown since it looked first", async () => {
    const archive = archiveAt(store, "2026-11-24T12:10:00Z", { maxBytes: 500_000 });
    expect((await archive.run()).rows).to.equal(0);
    const changes = Array.from({ length: 500 }, (_, index) => changesOf(`t${index}`, 2, "2026-11-24T12:00:00Z")).flat();
    for (const [index, change] of changes.entries()) {
      const unlike = Array.from({ length: 60 }, (_, at) => Math.sin(index * 60 + at)).join("");
      Object.assign(change.object, { status: { lastStatus: "STOPPED", stoppedReason: unlike } });
    }
    await fill(store, changes);
    await store.checkpoint();
    expect((await archive.run()).rows).to.be.greaterThan(0);
  });

  it("leaves out a file that somebody deleted, and answers what there is", async () => {
    await fill(store, changesOf("a", 10, "2026-11-20T12:00:00Z"));
    await fill(store, changesOf("b", 10, "2026-11-22T12:00:00Z"));
    await archiveAt(store, "2026-11-24T00:00:00Z").run();
    const [first] = await archiveFiles(store);
    store.archive.remove(first?.path ?? "");
    await archiveAt(store, "2026-11-24T00:00:00Z").run();
    expect(await positionsOf(store, "history")).to.have.length(10);
    await store.reopen();
    expect(await positionsOf(store, "history")).to.have.length(10);
  });

  it("touches no file of another history, and clears up what was half written", async () => {
    await fill(store, changesOf("a", 10, "2026-11-20T12:00:00Z"));
    const archive = archiveAt(store, "2026-11-24T00:00:00Z");
    await archive.run();
    const foreign = "history/day=2026-11-20/17-1-2-3.parquet";
    await store.archive.publish(foreign, (file) =>
      Promise.resolve(rmSync(file, { force: true })).then(() => copy(file)),
    );
    await archive.run();
    await archive.run();
    await archive.run();
    expect(store.archive.has(foreign)).to.equal(true);
    await copy(`${store.archive.fileOf(foreign)}.tmp`);
    await store.reopen();
    const day = store.archive.fileOf("history/day=2026-11-20");
    expect(readdirSync(day).filter((name) => name.endsWith(".tmp"))).to.deep.equal([]);
    expect(existsSync(store.archive.fileOf(foreign))).to.equal(true);

    async function copy(to: string): Promise<void> {
      const { copyFile } = await import("node:fs/promises");
      const [{ path } = { path: "" }] = await archiveFiles(store);
      await copyFile(store.archive.fileOf(path), to);
    }
  });

  it("can be read by ad-hoc SQL, and is all that can be", async () => {
    await fill(store, changesOf("a", 10, "2026-11-20T12:00:00Z"));
    await archiveAt(store, "2026-11-24T00:00:00Z").run();
    const refused = [
      `read_text('${folder.path}/archive/../x')`,
      `read_blob('/etc/hostname')`,
      `glob('${folder.path}/*')`,
    ];
    for (const source of refused) {
      const failure = await runSql(store, `FROM ${source}`, signal).catch((error: Error) => error.message);
      expect(failure).to.match(/disabled by configuration/);
    }
    expect(await positionsOf(store, "history")).to.have.length(10);
  });
});
