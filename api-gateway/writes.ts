import { compareResourceVersions, type KubeObject, type ResourceType } from "#lib/kube/resources.ts";

/** Waits until the read side shows a write; false when it did not within the time. */
export type WaitFor = (
  write: { readonly resource: string; readonly resourceVersion: string },
  timeoutMs: number,
) => Promise<boolean>;

/** What a read is about. */
export interface About {
  /** Plural name. */
  readonly resource: string;
  /** Of the objects that it is about; left out where any may be among them. */
  readonly names?: readonly string[];
}

/** What this gateway has written and may not see yet: reads wait for it, so that callers read their own writes. */
export interface Writes {
  /** Notes a write. */
  note(resource: ResourceType, object: KubeObject): void;
  /**
   * Resolves when the noted writes of what a read is about are to be seen, to false when they were not within the time;
   * undefined where there are none.
   */
  seen(about: readonly About[]): Promise<boolean> | undefined;
}

export interface WritesOptions {
  /** Longest wait of one read. */
  readonly timeoutMs: number;
  /** A write that is still not to be seen after this time is no longer waited for. */
  readonly giveUpMs: number;
  /** The name by which reads ask for an object. */
  readonly nameOf: (object: KubeObject) => string;
}

interface Unseen {
  readonly resource: string;
  readonly resourceVersion: string;
}

/** Tracks the writes of one gateway. */
export function trackWrites(waitFor: WaitFor, { timeoutMs, giveUpMs, nameOf }: WritesOptions): Writes {
  /** The newest unseen write of each resource (by plural: the read side follows each in order), and of each object. */
  const newest = new Map<string, Unseen>();

  const ofObject = (resource: string, name: string): string => `${resource}/${name}`;

  /** Asked for at once, not when somebody reads: what is awaited is committed without a rest, and a call is often followed by another. */
  async function forgetOnceSeen(write: Unseen, keys: readonly string[]): Promise<void> {
    await waitFor(write, giveUpMs);
    for (const key of keys) if (newest.get(key) === write) newest.delete(key);
  }

  /** The newest of them: once that is to be seen, all of the resource before it are. */
  function unseen({ resource, names }: About): readonly Unseen[] {
    const keys = names?.map((name) => ofObject(resource, name)) ?? [resource];
    const writes = keys.flatMap((key) => newest.get(key) ?? []);
    return writes.toSorted((a, b) => compareResourceVersions(a.resourceVersion, b.resourceVersion)).slice(-1);
  }

  return {
    note(type, object) {
      const resource = type.plural;
      const resourceVersion = object.metadata?.resourceVersion;
      if (resourceVersion === undefined) return;
      const isNewer = (key: string): boolean => {
        const known = newest.get(key);
        return known === undefined || compareResourceVersions(resourceVersion, known.resourceVersion) > 0;
      };
      const write = { resource, resourceVersion };
      const keys = [resource, ofObject(resource, nameOf(object))].filter(isNewer);
      for (const key of keys) newest.set(key, write);
      if (keys.length > 0) void forgetOnceSeen(write, keys);
    },
    seen(about) {
      if (newest.size === 0) return undefined;
      const writes = about.flatMap(unseen);
      if (writes.length === 0) return undefined;
      return Promise.all(writes.map((write) => waitFor(write, timeoutMs))).then((seen) => seen.every(Boolean));
    },
  };
}
