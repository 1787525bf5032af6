import { expect } from "chai";
import { runSql } from "../ad-hoc-sql.ts";
import type { Store } from "../store.ts";
import { Folder } from "../testing/fixtures.ts";
import { compact } from "./compaction.ts";

const ROWS_A_GROUP = 12_000;

describe("compaction", () => {
  let folder: Folder;
  let store: Store;
  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    // A checkpoint ends a row group: three of them.
    for (let group = 0; group < 3; group++) {
      await run(
        `INSERT INTO recent_history SELECT 'ECSTask', 'u' || i, i, 'ADDED', 'watch', now(), 'n', 't' || i, NULL, '{}', i
         FROM range(${group * ROWS_A_GROUP}, ${(group + 1) * ROWS_A_GROUP}) r(i)`,
      );
      await store.checkpoint();
    }
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });

  const run = (sql: string): Promise<void> =>
    store.write(async ({ session }) => {
      await session.connection.run(sql);
    });
  const ask = async (sql: string) => (await runSql(store, sql, new AbortController().signal)).rows;
  const sizeOfGroups = async () =>
    (
      await ask(`SELECT sum(count)::INTEGER FROM pragma_storage_info('recent_history')
                 WHERE column_name = 'position' AND segment_type <> 'VALIDITY' GROUP BY row_group_id ORDER BY row_group_id`)
    ).map(([rows]) => Number(rows));
  const content = () => ask("SELECT position::INTEGER, name, object::VARCHAR FROM recent_history ORDER BY position");

  it("takes the rows that live out of row groups that are mostly deleted, so that these go", async () => {
    await run(`DELETE FROM recent_history WHERE position < ${ROWS_A_GROUP} AND position % 100 <> 0`);
    await store.checkpoint();
    const before = await content();
    expect(await sizeOfGroups()).to.deep.equal([12_000, 12_000, 12_000]);
    expect(await compact(store)).to.equal(120);
    expect(await sizeOfGroups()).to.deep.equal([12_000, 12_000, 120]);
    expect(await content()).to.deep.equal(before);
    await store.reopen();
    expect(await content()).to.deep.equal(before);
  });

  it("leaves alone what mostly lives, and what is too little to be worth it", async () => {
    await run(`DELETE FROM recent_history WHERE position % 2 = 0 AND position <> 0`);
    expect(await compact(store)).to.equal(0);
    await run(
      "INSERT INTO recent_history SELECT * REPLACE (position + 40_000 AS position) FROM recent_history LIMIT 1500",
    );
    await store.checkpoint();
    await run("DELETE FROM recent_history WHERE position > 41_000");
    expect(await compact(store)).to.equal(0);
    expect(await sizeOfGroups()).to.deep.equal([12_000, 12_000, 12_000, 1500]);
  });

  it("joins row groups of few rows once there are many", async () => {
    for (let group = 0; group < 9; group++) {
      await run(
        `INSERT INTO recent_history SELECT * REPLACE (${40_000 + group} AS position) FROM recent_history LIMIT 1`,
      );
      await store.checkpoint();
    }
    const before = await content();
    expect((await sizeOfGroups()).length).to.equal(12);
    expect(await compact(store)).to.equal(9);
    expect(await sizeOfGroups()).to.deep.equal([12_000, 12_000, 12_000, 9]);
    expect(await content()).to.deep.equal(before);
  });

  it("takes from every row group of a table", async () => {
    await run(`DELETE FROM recent_history WHERE position % 12 <> 0`);
    expect(await compact(store)).to.equal(3000);
    await store.checkpoint();
    expect((await sizeOfGroups()).reduce((sum, rows) => sum + rows, 0)).to.equal(3000);
  });
});
