import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { createHistory } from "../projector/history.ts";
import { openStore, type Store } from "../projector/store.ts";
import { identity, quiet } from "../projector/testing/fixtures.ts";
import { absolute, type Bench, type Figure, progress } from "./figure.ts";
import { median } from "./statistics.ts";

const ROUNDS = 10;
const WANTED_MS = 250;
/** Changes of one task. */
const EACH = 8;
const AT_ONCE = 300_000;

const FILL = `
INSERT INTO recent_history
SELECT
    'ECSTask', 'uid-' || id, n, 'MODIFIED', 'watch', TIMESTAMP '2026-11-01' + to_milliseconds(n * 100), 'ecs-default', id, arn,
    json_object(
        'apiVersion', 'ecs.kecs.io/v1alpha1', 'kind', 'ECSTask', 'metadata', json_object('name', id, 'resourceVersion', n::VARCHAR),
        'spec', json_object('taskDefinition', 'web:1'),
        'status', json_object('taskArn', arn, 'lastStatus', 'RUNNING', 'nodeName', md5(n::VARCHAR) || md5((n + 1)::VARCHAR))
    ), n
FROM (
    SELECT n, md5((n // ${EACH})::VARCHAR) AS id, 'arn:aws:ecs:us-east-1:000000000000:task/default/' || md5((n // ${EACH})::VARCHAR) AS arn
    FROM range($from::BIGINT, $to::BIGINT) numbers(n)
)`;

/** How long questions about one ARN take in a long history. */
export const history: Bench = {
  title: "Questions to the history",
  how:
    "A history is filled with changes of tasks, eight each; then one of them is asked for, ten times, beside the least that " +
    "DuckDB can do for it without an index: to count its rows.",
  async run({ quick }) {
    const rows = quick ? 300_000 : 3_000_000;
    const folder = mkdtempSync(join(tmpdir(), "kecs-bench-"));
    const store = await openStore({ dataDir: folder, log: quiet, metrics: new Registry() });
    try {
      for (let from = 0; from < rows; from += AT_ONCE) {
        const bounds = { from: String(from + 1), to: String(Math.min(rows, from + AT_ONCE) + 1) };
        await store.write(async ({ session }) => void (await session.connection.run(FILL, bounds)));
        progress(`history: ${bounds.to} rows`);
      }
      return await measure(store, rows);
    } finally {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(store: Store, rows: number): Promise<Figure[]> {
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
  const least = await medianMs(() => one(store, `SELECT count(*) FROM recent_history WHERE uid = '${uid}'`));
  const figures: Figure[] = [];
  for (const [what, ask] of Object.entries(questions)) {
    const ms = await medianMs(ask);
    const against = { against: "counting one uid's rows", theirs: `${least.toFixed(0)} ms`, ratio: ms / least };
    figures.push({ ...absolute(`${what} of ${rows}`, ms, "ms", WANTED_MS), ...against });
  }
  return figures;
}

async function medianMs(ask: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  // The first warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const began = performance.now();
    await ask();
    if (round > 0) all.push(performance.now() - began);
  }
  return median(all);
}

async function one(store: Store, sql: string): Promise<string[]> {
  const rows = await store.borrow(async (connection) => (await connection.runAndReadAll(sql)).getRows());
  return (rows[0] ?? []).map(String);
}
