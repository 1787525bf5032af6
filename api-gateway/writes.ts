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
  /**
   * Resolves when the noted writes of these resources are to be seen, to false when they were not within the time;
   * undefined where there are none.
   * @param resources plural names
   */
  seen(resources: readonly string[]): Promise<boolean> | undefined;
}

export interface WritesOptions {
  /** Longest wait of one read. */
  readonly timeoutMs: number;
  /** A write that is still not to be seen after this time is no longer waited for. */
  readonly giveUpMs: number;
}

interface Unseen {
  readonly resource: string;
  readonly resourceVersion: string;
}

/** Tracks the writes of one gateway. */
export function trackWrites(waitFor: WaitFor, { timeoutMs, giveUpMs }: WritesOptions): Writes {
  /** The newest unseen write of each resource, by plural: the read side follows each resource in order. */
  const newest = new Map<string, Unseen>();

  /** Asked for at once, not when somebody reads: what is awaited is committed without a rest, and a call is often followed by another. */
  async function forgetOnceSeen(write: Unseen): Promise<void> {
    await waitFor(write, giveUpMs);
    if (newest.get(write.resource) === write) newest.delete(write.resource);
  }

  return {
    note({ plural: resource }, { metadata }) {
      const resourceVersion = metadata?.resourceVersion;
      if (resourceVersion === undefined) return;
      const known = newest.get(resource);
      if (known !== undefined && compareResourceVersions(resourceVersion, known.resourceVersion) <= 0) return;
      const write = { resource, resourceVersion };
      newest.set(resource, write);
      void forgetOnceSeen(write);
    },
    seen(resources) {
      const unseen = resources.flatMap((resource) => newest.get(resource) ?? []);
      if (unseen.length === 0) return undefined;
      return Promise.all(unseen.map((write) => waitFor(write, timeoutMs))).then((seen) => seen.every(Boolean));
    },
  };
}
