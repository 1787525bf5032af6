import type { Identity } from "#lib/ecs/arns.ts";
import type { Logger } from "#lib/log.ts";
import { Batch, type Change } from "../batch.ts";
import { CacheUpdate } from "../cache-update.ts";
import { ClusterNamespaces, claimsOf } from "../cluster-namespaces.ts";
import { commitBatch } from "../commit.ts";
import { historyEntry, type HistoryEntry } from "../history.ts";
import type { Store } from "../store.ts";
import type { LaterChanges } from "./later-changes.ts";

/**
 * Commits changes again, with the times and positions that they had, so that the current state is what it was after
 * the last of them.
 * @returns how many there were
 */
export async function replay(
  store: Store,
  later: LaterChanges,
  { identity, log, after }: { identity: Identity; log: Logger; after: string },
): Promise<number> {
  const namespaces = new ClusterNamespaces();
  namespaces.load(claimsOf(await store.read("cluster_namespaces")));
  let position = after;
  let count = 0;
  for (;;) {
    const entries = (await later.next(position)).map(historyEntry);
    const last = entries.at(-1);
    if (last === undefined) return count;
    for (const run of contiguous(entries)) {
      await store.write((transaction) =>
        commitBatch(transaction, batchOf(run), {
          identity,
          namespaces,
          now: run.at(-1)?.changedAt ?? new Date(0),
          cache: new CacheUpdate(undefined),
          head: BigInt(run[0]?.position ?? 1) - 1n,
          onUnshowable: ({ kind, metadata: { name } }, error) =>
            log.warn("resource left out: no answer can be made of it", { kind, name, error }),
        }),
      );
    }
    position = last.position;
    count += entries.length;
  }
}

/** Runs of entries whose positions follow each other: a commit numbers its rows so. */
function contiguous(entries: readonly HistoryEntry[]): HistoryEntry[][] {
  const runs: HistoryEntry[][] = [];
  let previous: bigint | undefined;
  for (const entry of entries) {
    const position = BigInt(entry.position);
    const run = previous !== undefined && position === previous + 1n ? runs.at(-1) : undefined;
    if (run === undefined) runs.push([entry]);
    else run.push(entry);
    previous = position;
  }
  return runs;
}

function batchOf(entries: readonly HistoryEntry[]): Batch {
  const batch = new Batch(0);
  const changes = entries.map(({ kind, change: type, source, object, resourceVersion, changedAt: at }): Change => ({
    kind,
    type,
    source,
    object,
    resourceVersion,
    at,
  }));
  batch.add(changes, undefined);
  return batch;
}
