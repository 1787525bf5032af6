import { Registry } from "prom-client";
import type { Store } from "../../store.ts";
import { quiet } from "../../testing/fixtures.ts";
import { Archive, type ArchivePolicy } from "../archive.ts";

const POLICY: ArchivePolicy = {
  afterSeconds: 3600,
  maxBytes: 1e12,
  kubernetesMaxBytes: 1e12,
  retentionSeconds: 90 * 86_400,
};

/** An archive, for tests, that sees it as `now`: an hour old goes, and nothing for its size. */
export function archiveAt(store: Store, now: string, policy: Partial<ArchivePolicy> = {}): Archive {
  return new Archive({
    store,
    log: quiet,
    metrics: new Registry(),
    policy: { ...POLICY, ...policy },
    intervalSeconds: 1,
    signal: new AbortController().signal,
    clock: { now: () => new Date(now), monotonic: () => performance.now(), after: () => () => undefined },
  });
}
