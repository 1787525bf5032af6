import { Registry } from "prom-client";
import { stateRow } from "../projector/rows.ts";
import { openStore } from "../projector/store.ts";
import { appendRow, storedTable, type ProjectedResource, type RowOf } from "../projector/tables.ts";
import { identity, quiet } from "../projector/testing/fixtures.ts";
import { TaskChanges } from "./projector-changes.ts";

const BATCH = 5_000;

/**
 * Rows of the history a second that DuckDB's Appender takes, with the rows of the current state, when they are ready-made
 * and nothing else is done: no JSON, no deletion, no order of changes, one transaction every 5,000.
 */
export async function appenderOnly(folder: string, changes: number, tasks: number): Promise<number> {
  const source = new TaskChanges(tasks);
  const store = await openStore({ dataDir: folder, log: quiet, metrics: new Registry() });
  let seconds = 0;
  for (let from = 0; from < changes; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, changes - from) }, (_, index) =>
      rowsOf(source, from + index + 2),
    );
    const began = performance.now();
    await store.write(async ({ session }) => {
      const history = await session.connection.createAppender("recent_history");
      for (const row of rows) appendRow(history, "recent_history", row.history);
      history.closeSync();
      const state = await session.connection.createAppender(storedTable("tasks"));
      for (const row of rows) appendRow(state, "tasks", row.tasks);
      state.closeSync();
    });
    seconds += (performance.now() - began) / 1000;
  }
  store.close();
  return changes / seconds;
}

export function rowsOf(
  source: TaskChanges,
  version: number,
): { history: RowOf<"recent_history">; tasks: RowOf<"tasks"> } {
  const { object } = JSON.parse(source.line(version)) as { object: ProjectedResource };
  const now = new Date();
  const state = stateRow(object, {
    identity,
    now,
    clusterOfNamespace: () => undefined,
    resourceVersion: String(version),
  });
  if (state?.table !== "tasks") throw new Error("This is no task.");
  const history = {
    kind: "ECSTask",
    uid: object.metadata.uid,
    resource_version: version,
    change: "MODIFIED",
    source: "watch",
    changed_at: now,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
    arn: state.row.arn,
    object: JSON.stringify(object),
    position: version,
  };
  return { history, tasks: state.row };
}
