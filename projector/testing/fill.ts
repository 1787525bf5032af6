import type { Change } from "../batch.ts";
import type { KubernetesRow } from "../kubernetes-rows.ts";
import type { Store } from "../store.ts";
import { testWriter } from "./writer.ts";

/** Commits changes, each of which its own time. */
export async function fill(
  store: Store,
  changes: readonly Change[],
  kubernetes: readonly KubernetesRow[] = [],
): Promise<void> {
  const writer = testWriter(store, {
    deletedTaskRetentionSeconds: 1e9,
    onUnshowable: (_object, error) => {
      throw error;
    },
  });
  for (const change of changes) {
    await writer.add([change], { resource: change.kind, resourceVersion: change.resourceVersion });
  }
  await writer.add([], undefined, kubernetes);
  await writer.idle();
}
