import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Identity } from "#lib/ecs/arns.ts";
import type { Clock } from "#lib/kube/clock.ts";
import type { KubeObject } from "#lib/kube/resources.ts";
import type { WatchItem } from "#lib/kube/watch-stream.ts";
import { KUBERNETES_KINDS, type KubernetesKind, type KubernetesObject } from "./kubernetes-kinds.ts";
import { isKept, kubernetesRow, type KubernetesRow } from "./kubernetes-rows.ts";
import type { ResultRow } from "./repository.ts";
import type { Store } from "./store.ts";
import type { Writer } from "./writer.ts";

export interface FollowKubernetesOptions {
  readonly kind: KubernetesKind;
  readonly items: AsyncIterable<WatchItem<KubeObject>>;
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly identity: Identity;
  /** The connection to the API server was lost; the stream goes on by itself. */
  onError(error: Error, retryInMs: number): void;
}

/** Specs that are remembered, by hash, so as not to be written again; one that was forgotten just is. */
const REMEMBERED_SPECS = 20_000;

/**
 * Brings the changes of one of Kubernetes' own kinds into `kubernetes_history` until the stream ends: each once. No
 * object is held longer than it takes; what is known already is asked of the database when there is a list to compare.
 * @throws what made a commit fail
 */
export async function followKubernetes(options: FollowKubernetesOptions): Promise<void> {
  const { kind, items, clock, store, writer, identity } = options;
  const resource = KUBERNETES_KINDS[kind].plural;
  const specs = new Specs();
  const progress = new Progress(kind === "Event");
  const ahead = kind === "Event" ? await store.read("kubernetes_ahead") : [];
  const known = new Set(ahead.map((row) => `${String(row["uid"])} ${String(row["resource_version"])}`));
  for await (const item of items) {
    if (item.type === "ERROR") {
      options.onError(item.error, item.retryInMs);
      continue;
    }
    const { resourceVersion } = item;
    if (item.type === "LIST") {
      for await (const rows of compared(options, item)) await writer.add([], undefined, rows.map(specs.once));
    }
    const rows: KubernetesRow[] = [];
    if ("object" in item) {
      const object = { ...item.object, kind } as KubernetesObject;
      const change = { type: item.type, source: "watch", resourceVersion, at: clock.now() } as const;
      const told = known.has(`${object.metadata?.uid} ${resourceVersion}`);
      if (isKept(object) && !told) rows.push(specs.once(kubernetesRow(object, change, identity)));
    }
    const reached = progress.reached(resourceVersion, "object" in item);
    await writer.add([], reached === undefined ? undefined : { resource, resourceVersion: reached }, rows);
  }
}

type List = Extract<WatchItem<KubeObject>, { type: "LIST" }>;

/** What a list shows that is not known yet; each such row stands for any number of changes. */
async function* compared(options: FollowKubernetesOptions, list: List): AsyncGenerator<KubernetesRow[]> {
  const { kind, store, writer, clock, identity } = options;
  const at = clock.now();
  await writer.idle();
  const known = new Map((await store.read("known_kubernetes", { kind })).map((row) => [String(row["uid"]), row]));
  // From the end, so that the list gets shorter as its objects become rows.
  for (let item = list.items.pop(); item !== undefined; item = list.items.pop()) {
    const { uid = "", resourceVersion = "" } = item.metadata ?? {};
    const object = { ...item, kind } as KubernetesObject;
    const last = known.get(uid);
    known.delete(uid);
    if (!isKept(object) || String(last?.["resource_version"]) === resourceVersion) continue;
    const type = last === undefined ? "ADDED" : "MODIFIED";
    yield [kubernetesRow(object, { type, source: "relist", resourceVersion, at }, identity)];
  }
  yield [...known.values()].map((row) => goneRow(kind, row, list.resourceVersion, at));
}

function goneRow(kind: KubernetesKind, known: ResultRow, resourceVersion: string, at: Date): KubernetesRow {
  const text = (column: string): string | undefined => {
    const value = known[column];
    return typeof value === "string" ? value : undefined;
  };
  return {
    kind,
    uid: text("uid"),
    resource_version: resourceVersion,
    change: "DELETED",
    source: "relist",
    changed_at: at,
    namespace: text("namespace"),
    name: text("name"),
    arn: text("arn"),
    service_arn: text("service_arn"),
    about_kind: text("about_kind"),
    about_uid: text("about_uid"),
    summary: undefined,
    object: undefined,
    spec: undefined,
  };
}

/**
 * How far a watch has come for sure. Events that expire together are deleted in one revision of etcd, so that several
 * changes have one version: all of them have been told only when a later version comes.
 */
class Progress {
  readonly #shared: boolean;
  #current: string | undefined;
  #reached: string | undefined;

  constructor(shared: boolean) {
    this.#shared = shared;
  }

  reached(resourceVersion: string, isChange: boolean): string | undefined {
    if (!this.#shared) return resourceVersion;
    if (!isChange) this.#reached = resourceVersion;
    else if (this.#current !== resourceVersion) this.#reached = this.#current ?? this.#reached;
    this.#current = resourceVersion;
    return this.#reached;
  }
}

/** Keeps a spec from being written again as long as it stays the same. */
class Specs {
  readonly #hashes = new LRUCache<string, string>({ max: REMEMBERED_SPECS });

  readonly once = (row: KubernetesRow): KubernetesRow => {
    const uid = String(row.uid);
    if (typeof row.spec !== "string") return row;
    const hash = createHash("sha1").update(row.spec).digest("base64");
    const known = this.#hashes.get(uid) === hash;
    if (row.change === "DELETED") this.#hashes.delete(uid);
    else if (!known) this.#hashes.set(uid, hash);
    return known ? { ...row, spec: undefined } : row;
  };
}
