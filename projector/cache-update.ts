import { CACHED_TABLES, type CachedTable, groupKeys, isCached, type NameCells, objectKey } from "./cache-keys.ts";
import { foundOf, type Found } from "./found.ts";
import {
  type GoneRow,
  isListed,
  type ListChange,
  listChangeOf,
  LISTED_TABLES,
  type ListedTable,
} from "./list-index.ts";
import type { ReadCache, Sized } from "./read-cache.ts";
import type { Reader } from "./repository.ts";
import type { StateRow } from "./rows.ts";
import type { Transaction } from "./store.ts";
import type { StateTable } from "./tables.ts";

/** The column by which `shown_of_<table>` is asked. */
const NAME_COLUMN = {
  clusters: "cluster_name",
  services: "service_name",
  tasks: "name",
  task_definitions: "family",
} as const satisfies Record<CachedTable, string>;

/** What one commit does to the cache: collected while it is written, done around its COMMIT. */
export class CacheUpdate {
  readonly #cache: ReadCache | undefined;
  readonly #touched = new Set<string>();
  readonly #objects = new Map<string, Sized<Found<unknown>>>();
  readonly #gone = new Map<ListedTable, GoneRow[]>();
  readonly #listed = new Map<ListedTable, ListChange[]>();

  constructor(cache: ReadCache | undefined) {
    this.#cache = cache;
  }

  /** Rows that were deleted, with the columns that name them; also such as were written before within the commit. */
  gone(table: StateTable, rows: readonly NameCells[]): void {
    if (!isCached(table)) return;
    for (const row of rows) {
      this.#touch(table, row);
      this.#objects.delete(objectKey(table, row) ?? "");
    }
    if (isListed(table)) {
      const gone = rows.map((row) => ({ cluster: String(row["cluster_name"]), uid: String(row["uid"]) }));
      const uids = new Set(gone.map(({ uid }) => uid));
      this.#gone.set(table, [...(this.#gone.get(table) ?? []), ...gone]);
      this.#listed.set(
        table,
        (this.#listed.get(table) ?? []).filter(({ uid }) => !uids.has(uid)),
      );
    }
  }

  /** Rows that were written; asks the transaction which of them answers show, where that is not known. */
  async written(transaction: Transaction, table: StateTable, rows: readonly StateRow["row"][]): Promise<void> {
    if (!isCached(table)) return;
    for (const row of rows) this.#touch(table, row);
    if (this.#cache === undefined || rows.length === 0) return;
    if (isListed(table)) {
      this.#listed.set(
        table,
        rows.map((row) => listChangeOf(table, row)),
      );
    }
    const unsure = rows.filter((row) => !this.#isShown(table, row));
    const shown = unsure.length === 0 ? undefined : await shownUids(transaction, table, rows);
    for (const row of rows) {
      const key = objectKey(table, row);
      if (key === undefined || (shown !== undefined && !shown.has(String(row.uid)))) continue;
      this.#objects.set(key, { value: foundOf(row), bytes: String(row.doc).length });
    }
  }

  /** Right before the COMMIT. */
  begin(): void {
    this.#cache?.begin(this.#touched);
  }

  /** Right after it; where it failed, `committed` is false and what it touched is read anew. */
  finish(committed: boolean): void {
    for (const table of LISTED_TABLES) {
      const lists = this.#cache?.lists[table];
      // Whether a commit that failed took effect is not certain.
      if (committed) lists?.change(this.#gone.get(table) ?? [], this.#listed.get(table) ?? []);
      else lists?.clear();
    }
    this.#cache?.finish(committed ? this.#objects : new Map());
  }

  #touch(table: CachedTable, row: NameCells): void {
    const key = objectKey(table, row);
    if (key !== undefined) this.#touched.add(key);
    for (const group of groupKeys(table, row)) this.#touched.add(group);
  }

  /** A resource that is shown and goes on existing goes on being shown: only its own row can take that from it. */
  #isShown(table: CachedTable, row: StateRow["row"]): boolean {
    const key = objectKey(table, row);
    const cached = key === undefined ? undefined : (this.#cache?.peek(key) as Found<unknown> | undefined);
    const exists = row.deleted_at === undefined || row.deleted_at === null;
    return exists && cached !== undefined && cached.ref.uid === row.uid && !cached.ref.deleted;
  }
}

async function shownUids(transaction: Transaction, table: CachedTable, rows: readonly StateRow["row"][]) {
  const names = [...new Set(rows.map((row) => String((row as NameCells)[NAME_COLUMN[table]])))];
  const shown = await transaction.run(`shown_of_${table}`, { names });
  return new Set(shown.map(({ uid }) => String(uid)));
}

/** Of each table: the answer has to fit into DuckDB's memory beside everything else. */
const WARM_BYTES = 16_000_000;

/** Begins the cache anew with what the database holds, what changed last first. No commit may run meanwhile. */
export async function warm(cache: ReadCache, store: Reader, bytes = WARM_BYTES): Promise<void> {
  cache.clear();
  for (const table of CACHED_TABLES) {
    const objects = new Map<string, Sized<Found<unknown>>>();
    for (const row of await store.read(`all_shown_${table}`, { bytes })) {
      const key = objectKey(table, row);
      if (key !== undefined) objects.set(key, { value: foundOf(row), bytes: String(row["doc"]).length });
    }
    cache.finish(objects);
  }
  for (const table of LISTED_TABLES) await fillLists(cache, store, table);
}

async function fillLists(cache: ReadCache, store: Reader, table: ListedTable): Promise<void> {
  cache.lists[table].begin();
  for (let after = ""; ;) {
    const rows = await store.read(`list_rows_of_${table}`, { after, limit: LIST_ROWS_AT_A_TIME });
    cache.lists[table].change(
      [],
      rows.map((row) => listChangeOf(table, row)),
    );
    if (rows.length < LIST_ROWS_AT_A_TIME) return;
    after = String(rows.at(-1)?.["uid"]);
  }
}

const LIST_ROWS_AT_A_TIME = 5_000;
