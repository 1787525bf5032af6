import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Registry } from "prom-client";
import { loadConfig } from "../lib/config.ts";
import { runSql } from "../projector/ad-hoc-sql.ts";
import { archiveFiles } from "../projector/archive/partitions.ts";
import { archiveAt } from "../projector/archive/testing/archive-at.ts";
import { createHistory } from "../projector/history.ts";
import { openStore, type Store } from "../projector/store.ts";
import { identity, quiet } from "../projector/testing/fixtures.ts";
import { absolute, atMost, type Bench, type Figure, progress } from "./figure.ts";
import { median } from "./statistics.ts";

const ROUNDS = 5;
const WANTED_MS = 250;
const MOST_TIMES = 1.2;
/** Changes of one task; the last is its deletion, so all of them go into the archive. */
const EACH = 8;
const AT_ONCE = 500_000;
const LATER = "2026-12-31T00:00:00Z";

const FILL = `
INSERT INTO recent_history
SELECT
    'ECSTask', 'uid-' || id, n, if(n % ${EACH} = ${EACH - 1}, 'DELETED', 'MODIFIED'), 'watch',
    TIMESTAMP '2026-11-01' + to_milliseconds(n * 100), 'ecs-default', id, arn,
    json_object(
        'apiVersion', 'ecs.kecs.io/v1alpha1', 'kind', 'ECSTask', 'metadata', json_object('name', id, 'resourceVersion', n::VARCHAR),
        'spec', json_object('taskDefinition', 'web:1'),
        'status', json_object('taskArn', arn, 'lastStatus', if(n % ${EACH} < 2, 'PENDING', 'RUNNING'), 'nodeName', md5(n::VARCHAR) || md5((n + 1)::VARCHAR))
    ), n
FROM (
    SELECT n, md5((n // ${EACH})::VARCHAR) AS id, 'arn:aws:ecs:us-east-1:000000000000:task/default/' || md5((n // ${EACH})::VARCHAR) AS arn
    FROM range($from::BIGINT, $to::BIGINT) numbers(n)
)`;

/** Questions to a long history that lies in the archive. */
export const history: Bench = {
  title: "Questions to the history",
  how:
    "A history of tasks, eight changes each, is archived as Parquet files, a day each. SQL through the gateway's read-only " +
    "endpoint takes turns with the same SQL in a DuckDB of its own over the same files, with the same thread and memory; " +
    "medians. Then one task is asked for, beside the least that DuckDB can do for it: to count its rows.",
  async run({ quick }) {
    const rows = quick ? 300_000 : 10_000_000;
    const folder = mkdtempSync(join(tmpdir(), "kecs-bench-"));
    const { databaseMemory: memoryLimit, databaseThreads: threads } = loadConfig({}, []);
    const limits = { memoryLimit, threads };
    const store = await openStore({ dataDir: folder, log: quiet, metrics: new Registry(), limits });
    try {
      await fill(store, rows);
      const shell = await DuckDBInstance.create(":memory:", { memory_limit: memoryLimit, threads: String(threads) });
      return [...(await besideShell(store, shell, rows)), ...(await ofOneTask(store, rows))];
    } finally {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function fill(store: Store, rows: number): Promise<void> {
  const archive = archiveAt(store, LATER);
  for (let from = 0; from < rows; from += AT_ONCE) {
    const bounds = { from: String(from), to: String(Math.min(rows, from + AT_ONCE)) };
    await store.write(async ({ session }) => void (await session.connection.run(FILL, bounds)));
    for (let moved = 1; moved > 0;) ({ rows: moved } = await archive.run());
    progress(`history: ${bounds.to} of ${rows} rows archived`);
  }
}

async function besideShell(store: Store, shell: DuckDBInstance, rows: number): Promise<Figure[]> {
  const [archived = "", uid = ""] = await one(store, "SELECT count(*), any_value(uid) FROM archived_history");
  if (Number(archived) !== rows) throw new Error(`${archived} of ${rows} changes are in the archive`);
  const questions: Record<string, string> = {
    "changes of each day": "SELECT changed_at::DATE AS day, change, count(*) FROM history GROUP BY ALL ORDER BY ALL",
    "tasks that ran on the first day":
      "SELECT count(DISTINCT uid) FROM history WHERE changed_at < '2026-11-02' AND (object->>'$.status.lastStatus') = 'RUNNING'",
    "changes of one task": `SELECT position, change, object FROM history WHERE uid = '${uid}' ORDER BY position`,
  };
  const connection = await shell.connect();
  // Not all that lie there: those that were merged are removed later.
  const listed = (await archiveFiles(store)).map(({ path }) => `'${store.archive.fileOf(path)}'`).join(", ");
  await connection.run(`CREATE VIEW history AS SELECT * FROM read_parquet([${listed}], union_by_name = true)`);
  const figures: Figure[] = [];
  for (const [what, sql] of Object.entries(questions)) {
    progress(`history: ${what}`);
    const [ours, theirs] = await inTurn(
      () => runSql(store, sql, AbortSignal.timeout(60_000), { timeoutMs: 60_000 }),
      async () => (await connection.runAndReadAll(sql)).getRowsJson(),
    );
    const against = "DuckDB alone, the same SQL";
    figures.push(atMost(MOST_TIMES, { what: `${what}, of ${rows} changes`, against, unit: "ms", ours, theirs }));
  }
  connection.closeSync();
  shell.closeSync();
  return figures;
}

async function ofOneTask(store: Store, rows: number): Promise<Figure[]> {
  const asked = createHistory(store, identity);
  const [arn = "", uid = ""] = await one(
    store,
    `SELECT arn, uid FROM history WHERE position = ${Math.floor(rows / 2)}`,
  );
  const questions: Record<string, () => Promise<unknown>> = {
    "GET /history/<arn>, a page": () => asked.of(arn, { limit: 21 }),
    "GET /describe/<arn>?as-of=": () => asked.at(arn, new Date()),
    "changes after a position, a page": () => store.read("changes_after", { after: String(rows - 1000), limit: 200 }),
  };
  const least = (): Promise<unknown> => one(store, `SELECT count(*) FROM history WHERE uid = '${uid}'`);
  const figures: Figure[] = [];
  for (const [what, ask] of Object.entries(questions)) {
    const [ms, counting] = await inTurn(ask, least);
    const against = { against: "counting one uid's rows", theirs: `${counting.toFixed(0)} ms`, ratio: ms / counting };
    figures.push({ ...absolute(`${what}, of ${rows} changes`, ms, "ms", WANTED_MS), ...against });
  }
  return figures;
}

/** Median milliseconds of each of two that take turns. */
async function inTurn(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<[number, number]> {
  const [ones, others]: [number[], number[]] = [[], []];
  // The first warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const [first, second] = [await milliseconds(one), await milliseconds(other)];
    if (round > 0) ones.push(first);
    if (round > 0) others.push(second);
  }
  return [median(ones), median(others)];
}

async function milliseconds(ask: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await ask();
  return performance.now() - began;
}

async function one(store: Store, sql: string): Promise<string[]> {
  const rows = await store.borrow(async (connection) => (await connection.runAndReadAll(sql)).getRows());
  return (rows[0] ?? []).map(String);
}
