/**
 * Like ../../testing/churn.ts, and moves the history into the archive all the time, in small slices, merging them and
 * compacting the tables. Says each version that is committed and each slice that has gone. For tests that kill it.
 */
import { task } from "../../testing/fixtures.ts";
import { compact } from "../compaction.ts";
import { mergeOne, Unlisted } from "../partitions.ts";
import { rollOver } from "../roll-over.ts";
import { scriptStore } from "../../testing/script-store.ts";
import { testWriter } from "../../testing/writer.ts";

const TASKS = 20;
const store = await scriptStore();
const writer = testWriter(store, {
  deletedTaskRetentionSeconds: 1e9,
  onCommit: (positions) => process.stdout.write(`committed ${positions.get("ecstasks")}\n`),
  onFailure: () => process.exit(3),
  onUnshowable: (_object, error) => {
    throw error;
  },
});

async function churn(): Promise<void> {
  const [known] = await store.read("watch_positions");
  for (let version = Number(known?.["resource_version"] ?? 1) + 1; ; version++) {
    const change = {
      kind: "ECSTask",
      type: Math.floor(version / TASKS) % 3 === 2 ? "DELETED" : "MODIFIED",
      source: "watch",
      object: task(`t${version % TASKS}`, version, { status: { lastStatus: "STOPPED" } }),
      resourceVersion: String(version),
      at: new Date(),
    } as const;
    await writer.add([change], { resource: "ecstasks", resourceVersion: String(version) });
    if (version % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function archive(): Promise<void> {
  const unlisted = new Unlisted();
  for (;;) {
    const moved = await rollOver(store, { before: new Date(), limit: 500, sliceRows: 50, now: () => new Date() });
    if (moved.rows > 0) process.stdout.write(`archived ${moved.rows}\n`);
    while (await mergeOne(store, "2100-01-01", new Date()));
    await unlisted.remove(store);
    await compact(store);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

await Promise.all([churn(), archive()]);
