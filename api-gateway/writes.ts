import { compareResourceVersions, type KubeObject, type ResourceType } from "#lib/kube/resources.ts";

/** Waits until the read side shows a write; false when it did not within the time. */
export type WaitFor = (
  write: { readonly resource: string; readonly resourceVersion: string },
  timeoutMs: number,
) => Promise<boolean>;

/** What this gateway has written and may not see yet: reads wait for it, so that callers read their own writes. */
export interface Writes {
  /** Notes a write. */
  note(resource: ResourceType, object: KubeObject): void;
  /** Resolves when all noted writes are to be seen, to false when they were not within the time. */
  seen(): Promise<boolean>;
}

export interface WritesOptions {
  /** Longest wait of one read. */
  readonly timeoutMs: number;
  /** A write that is still not to be seen after this time is no longer waited for. */
  readonly giveUpMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

interface Unseen {
  readonly resourceVersion: string;
  readonly at: number;
}

/** Tracks the writes of one gateway. */
export function trackWrites(waitFor: WaitFor, { timeoutMs, giveUpMs, now }: WritesOptions): Writes {
  /** The newest unseen write of each resource, by plural: the read side follows each resource in order. */
  const newest = new Map<string, Unseen>();

  async function seenOne(resource: string, write: Unseen): Promise<boolean> {
    const over = now() - write.at > giveUpMs;
    const seen = over || (await waitFor({ resource, resourceVersion: write.resourceVersion }, timeoutMs));
    if (seen && newest.get(resource) === write) newest.delete(resource);
    return seen;
  }

  return {
    note({ plural }, { metadata }) {
      const resourceVersion = metadata?.resourceVersion;
      if (resourceVersion === undefined) return;
      const known = newest.get(plural);
      if (known === undefined || compareResourceVersions(resourceVersion, known.resourceVersion) > 0) {
        newest.set(plural, { resourceVersion, at: now() });
      }
    },
    async seen() {
      const results = await Promise.all([...newest].map(([resource, write]) => seenOne(resource, write)));
      return results.every(Boolean);
    },
  };
}
