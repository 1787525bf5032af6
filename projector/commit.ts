import type { Batch, Change } from "./batch.ts";
import { appendRows, showStanding, type StateContext } from "./current-state.ts";
import type { StateRow } from "./rows.ts";
import { standingAfter } from "./standing.ts";
import type { Transaction } from "./store.ts";
import type { ProjectedResource, RowOf } from "./tables.ts";

export interface CommitContext extends StateContext {
  /** Position of the last row of the history. */
  readonly head: bigint;
}

/** Writes a batch within a transaction: current state, history, highest revisions and watch positions. */
export async function commitBatch(transaction: Transaction, batch: Batch, context: CommitContext): Promise<void> {
  const standing = await standingAfter(transaction, batch, context.namespaces);
  const rows = await showStanding(transaction, standing, context);
  await appendRows(
    transaction,
    "recent_history",
    batch.changes.map((change, index) => ({
      ...historyCells(change, rows),
      object: batch.texts[index],
      position: context.head + BigInt(index + 1),
    })),
  );
  await savePositions(transaction, batch, context.now);
}

function historyCells(
  change: Change,
  rows: ReadonlyMap<string, StateRow>,
): Omit<RowOf<"recent_history">, "object" | "position"> {
  const { metadata } = change.object;
  return {
    kind: change.kind,
    uid: metadata.uid,
    resource_version: change.resourceVersion,
    change: change.type,
    source: change.source,
    changed_at: change.at,
    namespace: metadata.namespace,
    name: metadata.name,
    arn: rows.get(metadata.uid ?? "")?.row.arn ?? arnInStatus(change.object),
  };
}

/** Of a resource that has no row any more. */
function arnInStatus({ status }: ProjectedResource): string | undefined {
  if (status === undefined) return undefined;
  if ("taskArn" in status) return status.taskArn;
  if ("arn" in status) return status.arn;
  if ("taskSetArn" in status) return status.taskSetArn;
  return "taskDefinitionArn" in status ? status.taskDefinitionArn : undefined;
}

/** In one statement: each costs two milliseconds of CPU, whatever it does. */
async function savePositions(transaction: Transaction, { positions }: Batch, now: Date): Promise<void> {
  if (positions.size === 0) return;
  const parameters = { resources: [...positions.keys()], versions: [...positions.values()], now };
  const [moved] = await transaction.run("move_watch_positions", parameters);
  if (Number(moved?.["Count"]) < positions.size) await transaction.run("add_watch_positions", parameters);
}
