import type { Store } from "#projector/store.ts";
import type { LogGroupRecord } from "./log-groups.ts";
import type { LogWriter } from "./log-writer.ts";
import type { LogMetrics } from "./metrics.ts";

export interface RetentionOptions {
  /** For groups that have none of their own. */
  readonly seconds: number;
  readonly maxBytes: number;
  /** The groups that were made or given a retention through the API. */
  readonly groups: () => Promise<readonly LogGroupRecord[]>;
}

const DAY_MS = 86_400_000;

/** Removes the events that are too old, the oldest of what is too much, and streams that are over and empty. */
export async function sweep(
  store: Store,
  writer: LogWriter,
  metrics: LogMetrics,
  { seconds, maxBytes, groups }: RetentionOptions,
): Promise<void> {
  const own = (await groups()).filter(({ retentionInDays }) => retentionInDays !== undefined);
  const now = Date.now();
  const before = String(now - seconds * 1000);
  await store.write(async (transaction) => {
    await transaction.run("delete_old_log_events", { before, groups: own.map(({ logGroupName }) => logGroupName) });
    for (const { logGroupName, retentionInDays = 0 } of own) {
      const oldest = String(now - retentionInDays * DAY_MS);
      await transaction.run("delete_old_log_events_of_group", { before: oldest, group: logGroupName });
    }
    if (bytesOf(await transaction.run("log_bytes", {})) > maxBytes) {
      await transaction.run("delete_surplus_log_events", { bytes: String(maxBytes) });
    }
    await transaction.run("forget_log_streams", { before, open: writer.openIds.map(String) });
  });
  metrics.stored(bytesOf(await store.read("log_bytes")));
}

function bytesOf([row]: Awaited<ReturnType<Store["read"]>>): number {
  return Number(row?.["bytes"] ?? 0);
}
