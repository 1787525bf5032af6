import { LRUCache } from "lru-cache";
import { compareResourceVersions } from "#lib/kube/resources.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";

/** Tasks that are written about at the same time; of others a status made of an old copy is refused and made again. */
const MOST_TASKS = 20_000;

/** Versions of tasks that were written and that the cache may not have yet. */
export class OwnWrites {
  /** By uid. */
  private readonly versions = new LRUCache<string, string>({ max: MOST_TASKS });

  /** Takes note of a task as it was written. */
  note({ metadata: { uid = "", resourceVersion = "" } }: ECSTask): void {
    this.versions.set(uid, resourceVersion);
  }

  /** Whether this copy is from before the last write: what is made of it could only be refused. */
  isAheadOf({ metadata: { uid = "", resourceVersion = "" } }: ECSTask): boolean {
    const written = this.versions.get(uid);
    if (written === undefined) return false;
    if (compareResourceVersions(resourceVersion, written) < 0) return true;
    this.versions.delete(uid);
    return false;
  }
}
