import { expect } from "chai";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runSql, type SqlLimits } from "./ad-hoc-sql.ts";
import type { Store } from "./store.ts";
import { Folder } from "./testing/fixtures.ts";

describe("ad-hoc SQL", () => {
  let folder: Folder;
  let store: Store;
  const signal = new AbortController().signal;

  before(async () => {
    folder = new Folder();
    store = await folder.open();
    writeFileSync(join(folder.path, "secret.csv"), "a,b\n1,2\n");
  });
  after(() => folder.remove());

  const sql = (text: string, limits: Partial<SqlLimits> = {}) => runSql(store, text, signal, limits);
  async function refusal(text: string, limits: Partial<SqlLimits> = {}): Promise<string> {
    const error = await sql(text, limits).then(
      (answer) => expect.fail(`${text} was answered: ${JSON.stringify(answer)}`),
      (reason: Error) => reason,
    );
    expect(error.name).to.equal("SqlError");
    return error.message;
  }

  it("answers columns, types and rows", async () => {
    const answer = await sql(
      "SELECT 1 AS a, 'x' AS b, 9007199254740993::BIGINT AS c, TIMESTAMP '2026-11-25 10:00:00' AS d",
    );
    expect(answer.columns.map(({ name, type }) => `${name} ${type}`)).to.deep.equal([
      "a INTEGER",
      "b VARCHAR",
      "c BIGINT",
      "d TIMESTAMP",
    ]);
    expect(answer.rows).to.deep.equal([[1, "x", "9007199254740993", "2026-11-25 10:00:00"]]);
    expect(answer.truncated).to.equal(false);
  });

  it("reads in every way SQL has", async () => {
    for (const text of [
      "FROM history LIMIT 1",
      "WITH a AS (SELECT 1) SELECT * FROM a;",
      "VALUES (1)",
      "DESCRIBE task_stops",
      "SHOW TABLES",
      "SUMMARIZE tasks",
      "EXPLAIN SELECT 1",
    ]) {
      await sql(text);
    }
  });

  it("cuts off rows beyond the bound, and says so", async () => {
    const many = await sql("SELECT * FROM range(1000000)", { maxRows: 10 });
    expect(many.rows).to.have.length(10);
    expect(many.truncated).to.equal(true);
    expect((await sql("SELECT * FROM range(10)", { maxRows: 10 })).truncated).to.equal(false);
    const wide = await sql("SELECT repeat('x', 1000) FROM range(100)", { maxAnswerLength: 10_500 });
    expect(wide.rows).to.have.length(10);
    expect(wide.truncated).to.equal(true);
  });

  const writes = [
    "DELETE FROM history",
    "INSERT INTO watch_positions VALUES ('x', 1, now()::TIMESTAMP)",
    "UPDATE recent_history SET name = ''",
    "DELETE FROM recent_history",
    "DROP TABLE history",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t (a INTEGER)",
    "CREATE OR REPLACE VIEW events AS SELECT 1",
    "CREATE MACRO m(a) AS a",
    "ALTER TABLE recent_history DROP COLUMN object",
    "TRUNCATE recent_history",
    "PREPARE p AS DELETE FROM recent_history",
    "BEGIN",
    "COMMIT",
    "CHECKPOINT",
    "VACUUM",
  ];
  const reaches = [
    "SELECT * FROM read_csv('{folder}/secret.csv')",
    "SELECT * FROM '{folder}/secret.csv'",
    "SELECT * FROM read_text('{folder}/secret.csv')",
    "SELECT * FROM read_blob('{folder}/secret.csv')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM sniff_csv('{folder}/secret.csv')",
    "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
    "COPY history TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.csv'",
    "EXPORT DATABASE '{folder}/out'",
    "IMPORT DATABASE '{folder}/out'",
    "ATTACH '{folder}/other.duckdb' AS other",
    "ATTACH ':memory:' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "RESET threads",
    "PRAGMA threads = 64",
    "CREATE SECRET s (TYPE s3)",
    "CALL enable_logging()",
    "EXPLAIN ANALYZE DELETE FROM recent_history",
  ];
  for (const text of [...writes, ...reaches]) {
    it(`refuses ${text}`, async () => {
      await refusal(text.replace("{folder}", folder.path));
    });
  }

  it("left everything as it was", async () => {
    const { rows } = await sql(
      "SELECT count(*)::INTEGER FROM duckdb_tables() WHERE table_name IN ('recent_history', 't')",
    );
    expect(rows).to.deep.equal([[1]]);
    expect((await sql("SELECT current_setting('threads')::INTEGER")).rows).to.deep.equal([[1]]);
  });

  it("says what is wrong in words that help", async () => {
    for (const none of ["", ";", "-- nothing"]) expect(await refusal(none)).to.equal("There is no statement.");
    expect(await refusal("SELECT 1; SELECT 2")).to.equal("One statement at a time: these are 2.");
    for (const written of [
      "DELETE FROM tasks",
      "UPDATE tasks SET name = 'x'",
      "INSERT INTO tasks SELECT * FROM tasks",
    ]) {
      expect(await refusal(written), written).to.match(/^Only statements that read are allowed/);
    }
    expect(await refusal("DELETE FROM recent_history")).to.match(/^Only statements that read are allowed .* DELETE\.$/);
    expect(await refusal("SELEC 1")).to.match(/syntax error at or near "SELEC"/);
    expect(await refusal("SELECT * FROM task_stop")).to.match(/Did you mean "task_stops"/);
  });

  const endless = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range + b.range) = 1";

  it("interrupts what takes too long, or what nobody waits for", async () => {
    expect(await refusal(endless, { timeoutMs: 200 })).to.match(/interrupted after 0.2 s/);
    const gone = new AbortController();
    setTimeout(() => gone.abort(), 100);
    const error = await runSql(store, endless, gone.signal).catch((reason: Error) => reason);
    expect(error)
      .to.have.property("message")
      .that.matches(/nobody waits/);
    expect((await sql("SELECT 1")).rows).to.deep.equal([[1]]);
  });

  it("interrupts what takes too much memory, and others go on", async () => {
    const hungry = "SELECT count(DISTINCT hash(range)) FROM range(200000000)";
    const others = Promise.all(Array.from({ length: 20 }, () => store.read("watch_positions")));
    expect(await refusal(hungry, { maxMemoryBytes: 30_000_000 })).to.match(/took more than 30 MB/);
    await others;
  });

  it("gives the file free when it is opened again meanwhile", async () => {
    const running = sql(endless).catch((reason: Error) => reason);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await store.reopen();
    expect(await running).to.be.instanceOf(Error);
    expect((await sql("SELECT 1")).rows).to.deep.equal([[1]]);
  });
});
