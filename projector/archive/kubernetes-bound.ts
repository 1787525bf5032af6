import { dateOf } from "../session.ts";
import type { Store } from "../store.ts";
import { tableSize } from "./table-size.ts";

const TABLE = "kubernetes_history";
/** Rows that go in one transaction, about: as many are deleted in some 20 ms. */
const ROWS_A_STEP = 20_000;
/** Under the bound by so much, so that not every look has to make room. */
const ROOM = 0.8;

/**
 * Lets the oldest of what Kubernetes told go where it takes more than so many bytes of the database file. What is
 * still there stays known: its last row and its last spec.
 * @returns rows that went
 */
export async function boundKubernetes(store: Store, maxBytes: number): Promise<number> {
  const before = await tableSize(store, TABLE);
  if (before.bytes <= maxBytes) return 0;
  const surplus = Math.ceil(before.rows * (1 - (ROOM * maxBytes) / before.bytes));
  for (const row of await store.read("kubernetes_cutoffs", { surplus, step: ROWS_A_STEP })) {
    const until = dateOf(row["changed_at"]);
    await store.write(async (transaction) => {
      await transaction.run("forget_oldest_kubernetes", { until });
    }, "even on a full disk");
  }
  return before.rows - (await tableSize(store, TABLE)).rows;
}
