import type { KubeObject } from "#lib/kube/resources.ts";
import type { WatchItem } from "#lib/kube/watch-stream.ts";
import type { KubernetesKind } from "../kubernetes-kinds.ts";
import type { Source } from "../projector.ts";
import { PROJECTED_KINDS, type ProjectedKind, type ProjectedResource } from "../tables.ts";

type Item = WatchItem<ProjectedResource>;
type Kind = ProjectedKind | KubernetesKind;

/** Watch items as input data: each kind's stream gives what was put in, then waits for more until it is aborted. */
export class Feed implements Source {
  /** Where each kind's stream was last asked to begin. */
  readonly opened = new Map<Kind, string | undefined>();
  head = (): Promise<string> => Promise.resolve("0");
  readonly #items = new Map<Kind, WatchItem<KubeObject>[]>();
  readonly #wake = new Map<Kind, () => void>();

  put(kind: ProjectedKind, ...items: Item[]): void {
    this.#put(kind, items);
  }

  putKubernetes(kind: KubernetesKind, ...items: WatchItem<KubeObject>[]): void {
    this.#put(kind, items);
  }

  /** An empty list for each kind that has got nothing yet, at that version. */
  listNothingElse(resourceVersion: string): void {
    for (const kind of PROJECTED_KINDS) {
      if (this.#queue(kind).length === 0) this.put(kind, { type: "LIST", items: [], resourceVersion });
    }
  }

  open(kind: ProjectedKind, resourceVersion: string | undefined, signal: AbortSignal): AsyncGenerator<Item> {
    return this.#open(kind, resourceVersion, signal) as AsyncGenerator<Item>;
  }

  openKubernetes(kind: KubernetesKind, resourceVersion: string | undefined, signal: AbortSignal) {
    return this.#open(kind, resourceVersion, signal);
  }

  async *#open(kind: Kind, resourceVersion: string | undefined, signal: AbortSignal) {
    this.opened.set(kind, resourceVersion);
    const queue = this.#queue(kind);
    const wake = (): void => this.#wake.get(kind)?.();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      const item = queue.shift();
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => this.#wake.set(kind, resolve));
    }
  }

  #put(kind: Kind, items: WatchItem<KubeObject>[]): void {
    this.#queue(kind).push(...items);
    this.#wake.get(kind)?.();
  }

  #queue(kind: Kind): WatchItem<KubeObject>[] {
    const queue = this.#items.get(kind) ?? [];
    this.#items.set(kind, queue);
    return queue;
  }
}

/** A change as the watch tells it. */
export function told<T extends KubeObject>(type: "ADDED" | "MODIFIED" | "DELETED", object: T): WatchItem<T> {
  return { type, object, resourceVersion: object.metadata?.resourceVersion ?? "" };
}
