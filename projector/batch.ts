import type { KubernetesRow } from "./kubernetes-rows.ts";
import type { ObjectChange } from "./object-change.ts";
import type { ProjectedKind, ProjectedResource } from "./tables.ts";

/** One change of one resource, as the watch told it or a relist found it. */
export interface Change extends ObjectChange {
  readonly kind: ProjectedKind;
  /** With its `kind`; of a deleted resource its last state. */
  readonly object: ProjectedResource;
}

/** How far a resource's watch has come. */
export interface WatchPosition {
  /** Plural name of the resource. */
  readonly resource: string;
  readonly resourceVersion: string;
}

/** What waits for the next commit. */
export class Batch {
  /** Every change, in order: the history. */
  readonly changes: Change[] = [];
  /** The JSON of each change's object: made as it comes, which is while another commit waits for the disk. */
  readonly texts: string[] = [];
  /** The last change of each resource: its current state, so that one commit never touches a row twice. */
  readonly latest = new Map<string, Change>();
  /** Changes of Kubernetes' own kinds, in order. */
  readonly kubernetes: KubernetesRow[] = [];
  readonly positions = new Map<string, string>();
  /** Milliseconds (monotonic) when the first of it arrived. */
  readonly since: number;

  constructor(since: number) {
    this.since = since;
  }

  /** How many changes it has. */
  get size(): number {
    return this.changes.length + this.kubernetes.length;
  }

  /** @param position how far that comes; undefined where more belongs to it */
  add(
    changes: readonly Change[],
    position: WatchPosition | undefined,
    kubernetes: readonly KubernetesRow[] = [],
  ): void {
    for (const change of changes) {
      this.changes.push(change);
      this.texts.push(JSON.stringify(change.object));
      this.latest.set(change.object.metadata.uid ?? "", change);
    }
    for (const row of kubernetes) this.kubernetes.push(row);
    if (position !== undefined) this.positions.set(position.resource, position.resourceVersion);
  }
}
