import { setImmediate as turn } from "node:timers/promises";
import type { Identity } from "#lib/ecs/arns.ts";
import { clusterNameOfResource, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { type Difference, differences } from "#lib/differences.ts";
import { compareResourceVersions } from "#lib/kube/resources.ts";
import { textOf } from "#lib/shared-json.ts";
import type { ECSCluster } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { isCached, objectKey } from "./cache-keys.ts";
import { ClusterNamespaces } from "./cluster-namespaces.ts";
import type { Found } from "./found.ts";
import type { ReadCache } from "./read-cache.ts";
import { type StateRow, stateRow } from "./rows.ts";
import type { ResultRow } from "./repository.ts";
import { dateOf } from "./session.ts";
import type { Store } from "./store.ts";
import { columnsOf, PROJECTED_KINDS, type ProjectedKind, type ProjectedResource, TABLE_OF } from "./tables.ts";

/** How the view of one object is not what the cluster says. */
export interface ViewDifference {
  readonly kind: ProjectedKind;
  readonly namespace?: string;
  readonly name: string;
  readonly arn?: string;
  /**
   * `missing`: only in the cluster; `left over`: only in the view; `stale`: an older version; `differs`: the same
   * version, shown otherwise than it should be; `cached otherwise`: right in the database, not in memory.
   */
  readonly problem: "missing" | "left over" | "stale" | "differs" | "cached otherwise";
  readonly detail: string;
  /** Of what differs: `from` is what the cluster says, `to` what the view has. */
  readonly fields?: readonly Difference[];
}

export interface Verification {
  readonly consistent: boolean;
  /** Objects that were compared, by kind. */
  readonly compared: Readonly<Partial<Record<ProjectedKind, number>>>;
  /** Objects that changed while they were looked at, and so were not compared. */
  readonly changedMeanwhile: number;
  readonly differences: readonly ViewDifference[];
}

export interface VerifyOptions {
  readonly store: Pick<Store, "read">;
  readonly cache?: ReadCache | undefined;
  readonly identity: Identity;
  /** All objects of a kind as the API server has them, and the version of that list. */
  readonly list: (kind: ProjectedKind) => Promise<{ items: ProjectedResource[]; resourceVersion: string }>;
  /** Waits a while until the view has come to a version; that it did not is no error here. */
  readonly reach: (resource: string, resourceVersion: string) => Promise<unknown>;
}

/** Columns that are the view's own, and those that are compared by themselves. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  "uid",
  "resource_version",
  "created_at",
  "updated_at",
  "deleted_at",
]);

/** How often, and after how long each time, it is looked whether a row that has no object goes. */
const DELETION_TRIES = 6;
const DELETION_EVERY_MS = 400;

/** Objects between which requests get a turn. */
const OBJECTS_A_TURN = 200;

/**
 * Compares the view with the cluster, object by object. What changes meanwhile is told from what is wrong by versions.
 * @throws KubeError when a kind cannot be listed
 */
export async function verifyView(options: VerifyOptions): Promise<Verification> {
  const clusters = await options.list("ECSCluster");
  const namespaces = await namespacesOf(options.store, clusters.items as ECSCluster[]);
  const compared: Partial<Record<ProjectedKind, number>> = {};
  const found: ViewDifference[] = [];
  let changedMeanwhile = 0;
  for (const kind of PROJECTED_KINDS) {
    const comparison = new Comparison(kind, options, namespaces);
    await comparison.run();
    compared[kind] = comparison.compared;
    changedMeanwhile += comparison.changedMeanwhile;
    found.push(...comparison.differences);
  }
  return { consistent: found.length === 0, compared, changedMeanwhile, differences: found };
}

/** Which cluster a namespace belongs to, also where only a cluster that is gone has it. */
async function namespacesOf(
  store: VerifyOptions["store"],
  clusters: readonly ECSCluster[],
): Promise<ClusterNamespaces> {
  const namespaces = new ClusterNamespaces();
  const gone = (await store.read("cluster_namespaces")).filter((row) => row["deleted"] === true);
  namespaces.load([
    ...gone.map((row) => ({
      uid: String(row["uid"]),
      clusterName: String(row["cluster_name"]),
      namespace: String(row["owned_namespace"]),
      createdAt: dateOf(row["created_at"])?.getTime() ?? 0,
      deleted: true,
    })),
    ...clusters.map((cluster) => ({
      uid: cluster.metadata.uid ?? "",
      clusterName: clusterNameOfResource(cluster),
      namespace: namespaceOfResource(cluster),
      createdAt: new Date(cluster.metadata.creationTimestamp ?? 0).getTime(),
      deleted: false,
    })),
  ]);
  return namespaces;
}

/** The comparison of one kind. */
class Comparison {
  readonly differences: ViewDifference[] = [];
  compared = 0;
  changedMeanwhile = 0;
  readonly #kind: ProjectedKind;
  readonly #options: VerifyOptions;
  readonly #namespaces: ClusterNamespaces;

  constructor(kind: ProjectedKind, options: VerifyOptions, namespaces: ClusterNamespaces) {
    this.#kind = kind;
    this.#options = options;
    this.#namespaces = namespaces;
  }

  async run(): Promise<void> {
    const { store, list, reach } = this.#options;
    const { items, resourceVersion } = await list(this.#kind);
    const newest = items.map(versionOf).reduce((a, b) => (compareResourceVersions(a, b) > 0 ? a : b), "0");
    await reach(RESOURCES[this.#kind].plural, newest);
    const rows = await store.read(`stored_${TABLE_OF[this.#kind]}`);
    const view = new Map(rows.map((row) => [String(row["uid"]), row]));
    const missing: ProjectedResource[] = [];
    for (const [index, item] of items.entries()) {
      const row = view.get(item.metadata.uid ?? "");
      if (row === undefined) missing.push(item);
      else this.#compare(item, row);
      if (index % OBJECTS_A_TURN === 0) await turn();
    }
    await this.#judgeMissing(missing);
    const listed = new Set(items.map(({ metadata }) => metadata.uid));
    const extra = rows.filter((row) => row["deleted_at"] === null && !listed.has(String(row["uid"])));
    for (const row of await this.#stillThere(extra)) this.#judgeExtra(row, resourceVersion);
  }

  /** Rows that stay though their object is not listed: word of a deletion just before the list may be on its way. */
  async #stillThere(rows: readonly ResultRow[]): Promise<readonly ResultRow[]> {
    let left = rows;
    for (let tries = 0; left.length > 0 && tries < DELETION_TRIES; tries++) {
      await new Promise((resolve) => setTimeout(resolve, DELETION_EVERY_MS));
      const known = await this.#options.store.read("known_versions", { kind: this.#kind });
      const there = new Set(known.map((row) => String(row["uid"])));
      left = left.filter((row) => there.has(String(row["uid"])));
    }
    this.changedMeanwhile += rows.length - left.length;
    return left;
  }

  #compare(item: ProjectedResource, row: ResultRow): void {
    const version = String(row["resource_version"]);
    const order = compareResourceVersions(version, versionOf(item));
    if (order > 0) {
      this.changedMeanwhile++;
      return;
    }
    this.compared++;
    if (order < 0) {
      this.#report(item, "stale", `the view has version ${version}, the cluster ${versionOf(item)}`);
      return;
    }
    const expected = this.#expected(item);
    if (expected === undefined) return;
    const fields = differences(comparable(expected, expected.row), comparable(expected, row));
    if (fields.length > 0) this.#report(item, "differs", `${fields.length} fields differ`, fields);
    else this.#compareCached(item, expected, row);
  }

  #compareCached(item: ProjectedResource, { table }: StateRow, row: ResultRow): void {
    const key = isCached(table) ? objectKey(table, row) : undefined;
    const cached = key === undefined ? undefined : (this.#options.cache?.peek(key) as Found<object> | undefined);
    if (cached === undefined || cached.ref.uid !== row["uid"]) return;
    const order = compareResourceVersions(cached.ref.resourceVersion, versionOf(item));
    if (order > 0) return;
    if (order < 0) {
      this.#report(
        item,
        "cached otherwise",
        `memory has version ${cached.ref.resourceVersion}, the view ${versionOf(item)}`,
      );
    } else if (textOf(cached.doc) !== row["doc"]) {
      const fields = differences(JSON.parse(String(row["doc"])), cached.doc);
      this.#report(item, "cached otherwise", `${fields.length} fields differ`, fields);
    }
  }

  #expected(item: ProjectedResource): StateRow | undefined {
    try {
      return stateRow(item, {
        identity: this.#options.identity,
        clusterOfNamespace: this.#namespaces.ownerOf,
        now: new Date(),
        resourceVersion: versionOf(item),
      });
    } catch (error) {
      this.#report(item, "differs", `no answer can be made of it: ${error instanceof Error ? error.message : "?"}`);
      return undefined;
    }
  }

  /** An object that is only in the cluster: deleted since it was listed, or lost. */
  async #judgeMissing(missing: readonly ProjectedResource[]): Promise<void> {
    if (missing.length === 0) return;
    const uids = missing.map(({ metadata }) => metadata.uid ?? "");
    const last = await this.#options.store.read("last_changes", { kind: this.#kind, uids });
    const deleted = new Set(last.filter((row) => row["change"] === "DELETED").map((row) => String(row["uid"])));
    for (const item of missing) {
      if (deleted.has(item.metadata.uid ?? "")) this.changedMeanwhile++;
      else this.#reportMissing(item);
    }
  }

  #reportMissing(item: ProjectedResource): void {
    this.compared++;
    const before = this.differences.length;
    this.#expected(item);
    // Where no answer can be made of it, that has been said.
    if (this.differences.length === before) this.#report(item, "missing", "it is in the cluster and not in the view");
  }

  /** A row without an object: made since the list, or of one whose deletion was lost. */
  #judgeExtra(row: ResultRow, listVersion: string): void {
    if (compareResourceVersions(String(row["resource_version"]), listVersion) > 0) {
      this.changedMeanwhile++;
      return;
    }
    this.compared++;
    this.differences.push({
      kind: this.#kind,
      ...(typeof row["namespace"] === "string" && { namespace: row["namespace"] }),
      name: String(row["name"]),
      ...(typeof row["arn"] === "string" && { arn: row["arn"] }),
      problem: "left over",
      detail: "it is in the view and no longer in the cluster",
    });
  }

  #report(
    item: ProjectedResource,
    problem: ViewDifference["problem"],
    detail: string,
    fields?: readonly Difference[],
  ): void {
    const { namespace, name = "" } = item.metadata;
    const found = { kind: this.#kind, ...(namespace !== undefined && { namespace }), name, problem, detail };
    this.differences.push(fields === undefined ? found : { ...found, fields });
  }
}

function versionOf({ metadata }: ProjectedResource): string {
  return metadata.resourceVersion ?? "0";
}

/** A row's cells in the form in which JSON has them, its document in parts. */
function comparable({ table }: StateRow, row: Readonly<Record<string, unknown>>): object {
  const columns = columnsOf(table).filter((column) => !NOT_COMPARED.has(column));
  return Object.fromEntries(columns.map((column) => [column, cellOf(column, row[column])]));
}

function cellOf(column: string, cell: unknown): unknown {
  if (cell === null || cell === undefined) return null;
  return column === "doc" || column === "tags" ? (JSON.parse(cell as string) as unknown) : cell;
}
