import type { Clock } from "#lib/kube/clock.ts";
import { compareResourceVersions } from "#lib/kube/resources.ts";
import type { WatchItem } from "#lib/kube/watch-stream.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Change } from "./batch.ts";
import type { Store } from "./store.ts";
import type { ProjectedKind, ProjectedResource } from "./tables.ts";
import type { Writer } from "./writer.ts";

export interface FollowOptions {
  readonly kind: ProjectedKind;
  readonly items: AsyncIterable<WatchItem<ProjectedResource>>;
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
  /** The connection to the API server was lost; the stream goes on by itself. */
  onError(error: Error, retryInMs: number): void;
  /** Something came: the connection stands. */
  onItem(): void;
}

/**
 * Brings one kind's stream into the database until the stream ends: each change once, whether it was told or has to
 * be found by comparing a list with what is known.
 * @throws what made a commit fail
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { kind, items, store, writer } = options;
  const resource = RESOURCES[kind].plural;
  const known = await knownVersions(store, kind);
  for await (const item of items) {
    if (item.type === "ERROR") {
      options.onError(item.error, item.retryInMs);
      continue;
    }
    options.onItem();
    const changes = item.type === "LIST" ? await compare(options, item, known) : toldChange(options, item, known);
    for (const change of changes) note(known, change);
    await writer.add(changes, { resource, resourceVersion: item.resourceVersion });
  }
}

async function knownVersions(store: Store, kind: ProjectedKind): Promise<Map<string, string>> {
  const rows = await store.read("known_versions", { kind });
  return new Map(rows.map((row) => [String(row["uid"]), String(row["resource_version"])]));
}

function note(known: Map<string, string>, { type, object, resourceVersion }: Change): void {
  const uid = object.metadata.uid ?? "";
  if (type === "DELETED") known.delete(uid);
  else known.set(uid, resourceVersion);
}

type Told = Exclude<WatchItem<ProjectedResource>, { type: "LIST" | "ERROR" }>;

function toldChange({ kind, clock }: FollowOptions, item: Told, known: ReadonlyMap<string, string>): Change[] {
  if (item.type === "BOOKMARK") return [];
  const { type, resourceVersion } = item;
  const last = known.get(item.object.metadata.uid ?? "");
  if (last !== undefined && compareResourceVersions(resourceVersion, last) <= 0) return [];
  return [{ kind, type, source: "watch", object: item.object, resourceVersion, at: clock.now() }];
}

type List = Extract<WatchItem<ProjectedResource>, { type: "LIST" }>;

async function compare(options: FollowOptions, list: List, known: ReadonlyMap<string, string>): Promise<Change[]> {
  const { kind, clock, writer } = options;
  const at = clock.now();
  const changes: Change[] = [];
  const present = new Set<string>();
  for (const item of list.items) {
    const { uid = "", resourceVersion = "" } = item.metadata;
    present.add(uid);
    const last = known.get(uid);
    if (last === resourceVersion) continue;
    const type = last === undefined ? "ADDED" : "MODIFIED";
    changes.push({ kind, type, source: "relist", object: item, resourceVersion, at });
  }
  const missing = [...known.keys()].filter((uid) => !present.has(uid));
  if (missing.length === 0) return changes;
  // Their last states are read from the history, so what waits has to be in it.
  await writer.idle();
  for (const object of await lastObjects(options, missing)) {
    const { resourceVersion } = list;
    changes.push({ kind, type: "DELETED", source: "relist", object, resourceVersion, at });
  }
  return changes;
}

async function lastObjects({ store, kind }: FollowOptions, uids: readonly string[]): Promise<ProjectedResource[]> {
  const rows = await store.read("last_objects", { kind, uids });
  return rows.map((row) => JSON.parse(String(row["object"])) as ProjectedResource);
}
