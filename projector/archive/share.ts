import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBTimestampType } from "@duckdb/node-api";
import { timestampValue } from "../session.ts";
import type { Store } from "../store.ts";
import { showArchive } from "./archive-view.ts";
import type { ListedFile, SharedArchive } from "./shared-archive.ts";
import { statement } from "./templates.ts";

export interface ShareOptions {
  readonly shared: SharedArchive;
  /** Rows that ceased to be their resource's latest state after that are left to whoever writes for all. */
  readonly leaveAfter: Date;
  readonly signal?: AbortSignal | undefined;
}

/** Rows that go in one transaction: as many are deleted in some 20 ms. */
const ROWS_A_STEP = 20_000;

/**
 * Takes rows out of the database that another replica's archive has: in the same transaction it is noted which they
 * are, so that the history shows them from there. What that archive does not have, or not alike, and ought to have by
 * now, is left in `outdated`, to be written here.
 * @param connection one with the temporary table `outdated`
 * @returns rows that went
 */
export async function shareOutdated(
  store: Store,
  connection: DuckDBConnection,
  { shared, leaveAfter, signal }: ShareOptions,
): Promise<number> {
  let moved = 0;
  const files = await filesOfOutdated(connection, shared);
  if (files.length > 0) {
    await connection.run(statement("find_known", { files: files.map(({ path }) => path), ...store.archive.parquet }));
    for (const step of stepsOf(await knownPositions(connection))) {
      if (signal?.aborted === true) break;
      await note(store, step);
      moved += step.positions.length;
    }
    await connection.run(statement("drop_known"));
  }
  const before = { before: timestampValue(leaveAfter) };
  await connection.run(statement("leave_to_others"), before, { before: DuckDBTimestampType.instance });
  return moved;
}

async function filesOfOutdated(connection: DuckDBConnection, shared: SharedArchive): Promise<ListedFile[]> {
  const [days] = (await connection.runAndReadAll(statement("outdated_days"))).getRowObjects();
  const { first_day: first, last_day: last } = days ?? {};
  if (typeof first !== "string" || typeof last !== "string") return [];
  return shared.files().filter(({ day }) => first <= day && day <= last);
}

interface Known {
  readonly position: string;
  readonly day: string;
}

async function knownPositions(connection: DuckDBConnection): Promise<Known[]> {
  const rows = (await connection.runAndReadAll(statement("known_positions"))).getRowObjects();
  return rows.map((row) => ({ position: String(row["position"]), day: String(row["day"]) }));
}

interface Step {
  readonly day: string;
  readonly positions: readonly string[];
}

function stepsOf(known: readonly Known[]): Step[] {
  return [...Map.groupBy(known, ({ day }) => day)].flatMap(([day, rows]) =>
    Array.from({ length: Math.ceil(rows.length / ROWS_A_STEP) }, (_, index) => ({
      day,
      positions: rows.slice(index * ROWS_A_STEP, (index + 1) * ROWS_A_STEP).map(({ position }) => position),
    })),
  );
}

async function note(store: Store, { day, positions }: Step): Promise<void> {
  await store.write(async (transaction) => {
    const [noted] = await transaction.run("share_history", { day, positions });
    const [deleted] = await transaction.run("delete_shared_history", { positions });
    if (Number(noted?.["Count"]) !== positions.length || Number(deleted?.["Count"]) !== positions.length) {
      throw new Error(`Of ${positions.length} changes that another archive has, not all are in the database.`);
    }
    const highest = positions.reduce((a, b) => (BigInt(b) > BigInt(a) ? b : a));
    await transaction.run("raise_history_floor", { position: highest });
    await showArchive(transaction.session.connection, store.archive);
  }, "even on a full disk");
}
