import { setImmediate as turn } from "node:timers/promises";
import type { Identity } from "#lib/ecs/arns.ts";
import { clusterNameOfResource, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import type { Batch, Change } from "./batch.ts";
import type { CacheUpdate } from "./cache-update.ts";
import type { ClusterClaim, ClusterNamespaces } from "./cluster-namespaces.ts";
import { type RowContext, type StateRow, stateRow } from "./rows.ts";
import { dateOf, ROWS_A_TURN } from "./session.ts";
import type { Transaction } from "./store.ts";
import {
  appendRow,
  type ProjectedKind,
  type ProjectedResource,
  type RowOf,
  type StateTable,
  storedTable,
  TABLE_OF,
  type TableName,
} from "./tables.ts";

export interface CommitContext {
  readonly identity: Identity;
  readonly namespaces: ClusterNamespaces;
  readonly now: Date;
  readonly cache: CacheUpdate;
  /** Position of the last row of the history. */
  readonly head: bigint;
  /** Told of a resource that no answer can be made of; it is left out of the current state. */
  readonly onUnshowable: (object: ProjectedResource, error: unknown) => void;
}

/** A resource as it now stands, to be shown by the row that is made of it. */
interface Standing {
  readonly kind: ProjectedKind;
  readonly object: ProjectedResource;
  readonly resourceVersion: string;
  readonly deletedAt: Date | undefined;
}

/** Writes a batch within a transaction: current state, history, highest revisions and watch positions. */
export async function commitBatch(transaction: Transaction, batch: Batch, context: CommitContext): Promise<void> {
  const standing = [...batch.latest.values()].map(standingOf);
  const moved = context.namespaces.update(standing.flatMap(claimOf));
  standing.push(...(await membersToMove(transaction, moved, batch)));
  const tables = new Set(standing.map(({ kind }) => TABLE_OF[kind]));
  // DuckDB looks for the old rows while the new ones are made.
  const [rows] = await Promise.all([buildRows(standing, context), deleteRows(transaction, tables, standing, context)]);
  for (const table of tables) await addRows(transaction, table, rows, context.cache);
  await raiseRevisions(transaction, standing);
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

function standingOf({ kind, object, resourceVersion, type, at }: Change): Standing {
  return { kind, object, resourceVersion, deletedAt: type === "DELETED" ? at : undefined };
}

function claimOf({ object, deletedAt }: Standing): ClusterClaim[] {
  if (object.kind !== "ECSCluster") return [];
  return [
    {
      uid: object.metadata.uid ?? "",
      clusterName: clusterNameOfResource(object),
      namespace: namespaceOfResource(object),
      createdAt: new Date(object.metadata.creationTimestamp ?? 0).getTime(),
      deleted: deletedAt !== undefined,
    },
  ];
}

/** Services, tasks and schedules, not in the batch themselves, whose cluster changes because their namespace's owner did. */
async function membersToMove(
  transaction: Transaction,
  namespaces: readonly string[],
  batch: Batch,
): Promise<Standing[]> {
  if (namespaces.length === 0) return [];
  const members = await transaction.run("implicit_members", { namespaces });
  const standing: Standing[] = [];
  for (const kind of ["ECSService", "ECSTask", "ECSSchedule", "ECSScalableTarget"] as const) {
    const uids = members
      .filter((member) => member["kind"] === kind)
      .map((member) => String(member["uid"]))
      .filter((uid) => !batch.latest.has(uid));
    if (uids.length > 0) standing.push(...(await lastSeen(transaction, kind, uids)));
  }
  return standing;
}

async function lastSeen(transaction: Transaction, kind: ProjectedKind, uids: readonly string[]): Promise<Standing[]> {
  const rows = await transaction.run("last_objects", { kind, uids });
  return rows.map((row) => ({
    kind,
    object: JSON.parse(String(row["object"])) as ProjectedResource,
    resourceVersion: String(row["resource_version"]),
    deletedAt: dateOf(row["deleted_at"]),
  }));
}

async function buildRows(standing: readonly Standing[], context: CommitContext): Promise<Map<string, StateRow>> {
  const { identity, now, namespaces } = context;
  const rows = new Map<string, StateRow>();
  for (const [index, { object, resourceVersion, deletedAt }] of standing.entries()) {
    const of: RowContext = { identity, now, clusterOfNamespace: namespaces.ownerOf, resourceVersion, deletedAt };
    try {
      const row = stateRow(object, of);
      if (row !== undefined) rows.set(object.metadata.uid ?? "", row);
    } catch (error) {
      // One resource that cannot be shown must not hold up all others; the history has it.
      context.onUnshowable(object, error);
    }
    if ((index + 1) % ROWS_A_TURN === 0) await turn();
  }
  return rows;
}

async function deleteRows(
  transaction: Transaction,
  tables: Iterable<StateTable>,
  standing: readonly Standing[],
  { cache }: CommitContext,
): Promise<void> {
  for (const table of tables) {
    const uids = standing.filter(({ kind }) => TABLE_OF[kind] === table).map(({ object }) => object.metadata.uid ?? "");
    cache.gone(table, await transaction.run(`delete_from_${table}`, { uids }));
  }
}

async function addRows(
  transaction: Transaction,
  table: StateTable,
  all: Map<string, StateRow>,
  cache: CacheUpdate,
): Promise<void> {
  const rows = [...all.values()].filter((row) => row.table === table).map(({ row }) => row);
  await appendRows(transaction, table, rows as RowOf<typeof table>[]);
  if (table === "clusters" || table === "services" || table === "capacity_providers") {
    await transaction.run(`drop_superseded_${table}`, { arns: rows.map(({ arn }) => String(arn)) });
  }
  await cache.written(transaction, table, rows);
}

/** Adds rows to a table; between them the event loop gets its turns. */
export async function appendRows<T extends TableName>(transaction: Transaction, table: T, rows: readonly RowOf<T>[]) {
  if (rows.length === 0) return;
  await transaction.session.append(storedTable(table), rows, (appender, row) => appendRow(appender, table, row));
}

async function raiseRevisions(transaction: Transaction, standing: readonly Standing[]): Promise<void> {
  const highest = new Map<string, number>();
  for (const { object } of standing) {
    if (object.kind !== "ECSTaskDefinition") continue;
    const { family } = object.spec;
    highest.set(family, Math.max(highest.get(family) ?? 0, revisionOf(object) ?? 0));
  }
  const seen = [...highest].filter(([, revision]) => revision > 0);
  if (seen.length === 0) return;
  const parameters = { families: seen.map(([family]) => family), revisions: seen.map(([, revision]) => revision) };
  await transaction.run("raise_latest_revisions", parameters);
  await transaction.run("add_latest_revisions", parameters);
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
  for (const [resource, resource_version] of positions) {
    const position = { resource, resource_version, now };
    const [moved] = await transaction.run("move_watch_position", position);
    if (Number(moved?.["Count"]) === 0) await transaction.run("add_watch_position", position);
  }
}
