import { setImmediate as turn } from "node:timers/promises";
import type { Identity } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import type { CacheUpdate } from "./cache-update.ts";
import type { ClusterNamespaces } from "./cluster-namespaces.ts";
import type { ResultRow } from "./repository.ts";
import { type RowContext, type StateRow, stateRow } from "./rows.ts";
import { ROWS_A_TURN } from "./session.ts";
import type { Standing } from "./standing.ts";
import type { Transaction } from "./store.ts";
import {
  appendRow,
  type RowOf,
  type StateTable,
  type ProjectedResource,
  storedTable,
  TABLE_OF,
  type TableName,
} from "./tables.ts";

export interface StateContext {
  readonly identity: Identity;
  readonly namespaces: ClusterNamespaces;
  readonly now: Date;
  readonly cache: CacheUpdate;
  /** Told of a resource that no answer can be made of; it is left out of the current state. */
  readonly onUnshowable: (object: ProjectedResource, error: unknown) => void;
}

/**
 * Has the tables of the current state show resources as they now stand.
 * @returns their rows, by uid
 */
export async function showStanding(
  transaction: Transaction,
  standing: readonly Standing[],
  context: StateContext,
): Promise<Map<string, StateRow>> {
  const tables = new Set(standing.map(({ kind }) => TABLE_OF[kind]));
  // DuckDB looks for the old rows while the new ones are made.
  const [rows, gone] = await Promise.all([
    buildRows(standing, context),
    deleteRows(transaction, tables, standing, context),
  ]);
  for (const table of tables) {
    const added = [...rows.values()].filter((row) => row.table === table).map(({ row }) => row);
    await appendRows(transaction, table, added as RowOf<typeof table>[]);
    await dropSuperseded(transaction, table, added, gone.get(table) ?? []);
    await context.cache.written(transaction, table, added);
  }
  await raiseRevisions(transaction, standing);
  return rows;
}

async function buildRows(standing: readonly Standing[], context: StateContext): Promise<Map<string, StateRow>> {
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

/** @returns what there was, by table */
async function deleteRows(
  transaction: Transaction,
  tables: Iterable<StateTable>,
  standing: readonly Standing[],
  { cache }: StateContext,
): Promise<Map<StateTable, ResultRow[]>> {
  const gone = new Map<StateTable, ResultRow[]>();
  for (const table of tables) {
    const uids = standing.filter(({ kind }) => TABLE_OF[kind] === table).map(({ object }) => object.metadata.uid ?? "");
    const rows = await transaction.run(`delete_from_${table}`, { uids });
    cache.gone(table, rows);
    gone.set(table, rows);
  }
  return gone;
}

/** Has what is left of deleted resources go where another of that ARN came, or was there when the last of them went. */
async function dropSuperseded(
  transaction: Transaction,
  table: StateTable,
  added: readonly StateRow["row"][],
  gone: readonly ResultRow[],
): Promise<void> {
  if (table !== "clusters" && table !== "services" && table !== "capacity_providers") return;
  const before = new Map<unknown, unknown>(gone.map(({ uid, arn }) => [uid, arn]));
  const changed = added.filter(({ uid, arn, deleted_at }) => deleted_at !== undefined || before.get(uid) !== arn);
  if (changed.length === 0) return;
  await transaction.run(`drop_superseded_${table}`, { arns: changed.map(({ arn }) => String(arn)) });
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
