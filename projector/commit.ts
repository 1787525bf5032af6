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

async function savePositions(transaction: Transaction, { positions }: Batch, now: Date): Promise<void> {
  const moved = await movePositions(transaction, [...positions], now);
  if (moved === positions.size) return;
  const parameters = { resources: [...positions.keys()], versions: [...positions.values()], now };
  await transaction.run("add_watch_positions", parameters);
}

/**
 * In one statement: each costs a millisecond or two of CPU whatever it does, and that of several costs twice what that of
 * one does.
 * @returns how many there were
 */
async function movePositions(
  transaction: Transaction,
  positions: readonly (readonly [resource: string, version: string])[],
  now: Date,
): Promise<number> {
  const [first, ...others] = positions;
  if (first === undefined) return 0;
  const [answer] =
    others.length === 0
      ? await transaction.run("move_watch_position", { resource: first[0], resource_version: first[1], now })
      : await transaction.run("move_watch_positions", {
          resources: positions.map(([resource]) => resource),
          versions: positions.map(([, version]) => version),
          now,
        });
  return Number(answer?.["Count"]);
}
