import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DatabaseLockedError } from "./database-file.ts";
import { DatabaseClosedError } from "./store-errors.ts";
import { loadMigrations, loadQueries, type Migration, MigrationError } from "./sql-files.ts";
import { Folder, keepingLog } from "./testing/fixtures.ts";
import { columnsOf, storedTable } from "./tables.ts";

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("store", () => {
  let folder: Folder;
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  const asideOf = (): string[] => readdirSync(folder.path).filter((name) => /^kecs\.duckdb\.\d{4}-/.test(name));

  it("makes a file that only its owner may read", async () => {
    const store = await folder.open({ dataDir: `${folder.path}/made` });
    await store.write((transaction) => transaction.run("raise_history_floor", { position: "1" }).then(() => undefined));
    for (const file of [store.file, `${store.file}.wal`]) expect(statSync(file).mode & 0o777, file).to.equal(0o600);
    expect(statSync(`${folder.path}/made`).mode & 0o777).to.equal(0o700);
  });

  it("brings the schema up to date once", async () => {
    const lines: string[] = [];
    (await folder.open()).close();
    await folder.open({ log: keepingLog(lines) });
    expect(lines).to.deep.equal([]);
  });

  for (const [what, spoil] of [
    ["garbage", (file: string) => writeFileSync(file, "this is no database ".repeat(1000))],
    ["truncated", (file: string) => truncateSync(file, 9000)],
  ] as const) {
    it(`sets aside a file that cannot be opened (${what}) and begins a new one`, async () => {
      const store = await folder.open();
      store.close();
      spoil(store.file);
      const lines: string[] = [];
      const again = await folder.open({ log: keepingLog(lines) });
      expect(await again.read("watch_positions")).to.deep.equal([]);
      expect(asideOf()).to.not.deep.equal([]);
      expect(lines).to.include("database set aside; a new one is filled from Kubernetes");
    });
  }

  it("is closed while it writes: what has begun ends first", async () => {
    for (let turns = 0; turns < 10; turns += 1) {
      const store = await folder.open({ dataDir: `${folder.path}/${turns}` });
      const [checkpoint, commit] = [store.checkpoint(), store.write(() => Promise.resolve())];
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      store.close();
      for (const each of await Promise.allSettled([checkpoint, commit])) {
        if (each.status === "rejected") expect(each.reason).to.be.instanceOf(DatabaseClosedError);
      }
    }
  });

  it("sets aside a file of a newer release", async () => {
    const migrations = loadMigrations();
    const newer: Migration = { version: migrations.length + 1, name: "9_x", sql: "SELECT 1", checksum: "x" };
    (await folder.open({ migrations: [...migrations, newer] })).close();
    await folder.open();
    expect(asideOf()).to.have.length(1);
  });

  it("refuses to start after a migration was edited, and touches nothing", async () => {
    (await folder.open()).close();
    const edited = loadMigrations().map((migration) => ({ ...migration, checksum: `${migration.checksum}0` }));
    const failure = await failureOf(folder.open({ migrations: edited }));
    expect(failure).to.be.instanceOf(MigrationError);
    expect(String(failure)).to.contain("0001_create_current_state");
    expect(asideOf()).to.deep.equal([]);
  });

  it("refuses migrations with a gap or of another name", () => {
    writeFileSync(`${folder.path}/0001_one.sql`, "SELECT 1");
    writeFileSync(`${folder.path}/0003_three.sql`, "SELECT 1");
    expect(() => loadMigrations(folder.path)).to.throw(MigrationError, "0003_three.sql should be number 2");
    writeFileSync(`${folder.path}/0002-two.sql`, "SELECT 1");
    expect(() => loadMigrations(folder.path)).to.throw(MigrationError, "0002-two.sql should be number 2");
  });

  it("says which file another process holds", async function () {
    this.timeout(20_000);
    const churn = fileURLToPath(new URL("testing/churn.ts", import.meta.url));
    const child = spawn(process.execPath, [churn, folder.path], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      const failure = await failureOf(folder.open());
      expect(failure).to.be.instanceOf(DatabaseLockedError);
      expect(String(failure)).to.contain(`${folder.path}/kecs.duckdb`);
      expect(asideOf()).to.deep.equal([]);
    } finally {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  });

  it("answers again after it was replaced while queries ran", async () => {
    const store = await folder.open();
    const reads = Array.from({ length: 20 }, () => failureOf(store.read("watch_positions")));
    await store.reopen({ setAside: true });
    await Promise.all(reads);
    expect(await store.read("watch_positions")).to.deep.equal([]);
    expect(existsSync(store.file)).to.equal(true);
  });

  it("commits all or nothing", async () => {
    const store = await folder.open();
    const failure = await failureOf(
      store.write(async (transaction) => {
        await transaction.run("add_latest_revisions", { families: ["web"], revisions: [3] });
        throw new Error("halfway");
      }),
    );
    expect(String(failure)).to.contain("halfway");
    expect(await store.read("latest_revision", { family: "web" })).to.deep.equal([]);
  });

  it("answers a statement that it has prepared by the data of now", async () => {
    const store = await folder.open();
    const query = (name: string, sql: string) => ({ name, sql, table: "numbers" });
    const ended = query("ended", "SELECT count(*) AS rows FROM numbers WHERE ended_at IS NULL");
    const kinds = query("kinds", "SELECT count(*) AS rows FROM (SELECT kind FROM numbers GROUP BY kind)");
    const counts = async (): Promise<number[]> => {
      const found: number[] = [];
      await store.write(async ({ session }) => {
        for (const asked of [ended, kinds]) found.push(Number((await session.query(asked, {}))[0]?.["rows"]));
      });
      return found;
    };
    await store.write(async ({ session }) => {
      await session.connection.run("CREATE TABLE numbers (kind BIGINT, ended_at TIMESTAMP)");
      await session.connection.run("INSERT INTO numbers SELECT range, NULL FROM range(2)");
    });
    expect(await counts()).to.deep.equal([2, 2]);
    await store.write(async ({ session }) => {
      await session.connection.run("INSERT INTO numbers SELECT 100 + range, now()::TIMESTAMP FROM range(6)");
    });
    expect(await counts()).to.deep.equal([2, 8]);
  });

  it("can prepare every query", async () => {
    const store = await folder.open();
    await store.write(async ({ session }) => {
      for (const { sql } of loadQueries().values()) (await session.connection.prepare(sql)).destroySync();
    });
  });

  it("appends to the columns that the tables have", async () => {
    const store = await folder.open();
    await store.write(async ({ session: { connection } }) => {
      for (const table of [
        "clusters",
        "services",
        "tasks",
        "task_definitions",
        "capacity_providers",
        "recent_history",
        "kubernetes_history",
      ] as const) {
        const ours = columnsOf(table);
        const described = await connection.runAndReadAll(
          "SELECT column_name FROM duckdb_columns() WHERE table_name = $table ORDER BY column_index",
          { table: storedTable(table) },
        );
        // Stored columns come first, virtual ones, which an appender leaves out, after them.
        expect(
          described
            .getRows()
            .map(([name]) => name)
            .slice(0, ours.length),
        ).to.deep.equal(ours);
        const appender = await connection.createAppender(storedTable(table));
        expect(appender.columnCount).to.equal(ours.length);
        appender.closeSync();
      }
    });
  });
});
