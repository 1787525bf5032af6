import type { ServiceFilter, TaskFilter } from "./queries.ts";
import type { Page } from "./found.ts";
import { type ListRow, SortedList, type Traits } from "./sorted-list.ts";

/** Tables whose lists are kept in memory. */
export const LISTED_TABLES = ["services", "tasks"] as const;
export type ListedTable = (typeof LISTED_TABLES)[number];

export function isListed(table: string): table is ListedTable {
  return LISTED_TABLES.some((each) => each === table);
}

/** A row of a current-state table that came or went; `listed` is false where it is in no list. */
export interface ListChange extends ListRow {
  readonly cluster: string;
  readonly listed: boolean;
}

/** A row that is gone. */
export interface GoneRow {
  readonly cluster: string;
  readonly uid: string;
}

type Cells = Readonly<Record<string, unknown>>;

/** What a row says to the lists of its table, like `sql/queries/list_<table>.sql`. */
export function listChangeOf(table: ListedTable, row: Cells): ListChange {
  const common = { uid: String(row["uid"]), cluster: String(row["cluster_name"]), arn: String(row["arn"]) };
  if (table === "services") {
    const { launchType, schedulingStrategy, resourceManagementType = "CUSTOMER" } = serviceFilterOf(row);
    const traits = { launchType, schedulingStrategy, resourceManagementType };
    return { ...common, listed: row["status"] === "ACTIVE", traits };
  }
  return { ...common, listed: true, traits: taskFilterOf(row) };
}

function serviceFilterOf(row: Cells): { [F in keyof ServiceFilter]: string | undefined } {
  return {
    launchType: textIn(row, "launch_type"),
    schedulingStrategy: textIn(row, "scheduling_strategy"),
    resourceManagementType: textIn(row, "resource_management_type"),
  };
}

function taskFilterOf(row: Cells): { readonly [F in keyof Required<TaskFilter>]: string | undefined } {
  return {
    serviceName: textIn(row, "service_name"),
    family: textIn(row, "family"),
    startedBy: textIn(row, "started_by"),
    containerInstanceArn: textIn(row, "container_instance_arn"),
    launchType: textIn(row, "launch_type"),
    desiredStatus: textIn(row, "desired_status"),
  };
}

function textIn(row: Cells, column: string): string | undefined {
  const cell = row[column];
  return typeof cell === "string" ? cell : undefined;
}

/**
 * The lists of one kind, cluster by cluster, as the last commit left them. Beyond `maxMembers` the longest are given
 * up until it is filled anew; what it does not hold is the database's to answer.
 */
export class ListIndex {
  readonly #maxMembers: number;
  /** Undefined before it was filled. */
  #lists: Map<string, SortedList> | undefined;
  readonly #givenUp = new Set<string>();

  constructor(maxMembers: number) {
    this.#maxMembers = maxMembers;
  }

  /** Resources that it holds. */
  get size(): number {
    return [...(this.#lists?.values() ?? [])].reduce((sum, { size }) => sum + size, 0);
  }

  /** Holds nothing until it is filled. */
  clear(): void {
    this.#lists = undefined;
    this.#givenUp.clear();
  }

  /** Begins with no resources; {@link change} brings them. */
  begin(): void {
    this.clear();
    this.#lists = new Map();
  }

  /** What a commit did. */
  change(gone: readonly GoneRow[], rows: readonly ListChange[]): void {
    const lists = this.#lists;
    if (lists === undefined) return;
    const out = byCluster([...gone, ...rows.filter(({ listed }) => !listed)]);
    const into = byCluster(rows.filter(({ listed }) => listed));
    for (const cluster of new Set([...out.keys(), ...into.keys()])) {
      if (this.#givenUp.has(cluster)) continue;
      const list = lists.get(cluster) ?? new SortedList();
      lists.set(cluster, list);
      const uids = (out.get(cluster) ?? []).map(({ uid }) => uid);
      if (!list.change(uids, into.get(cluster) ?? [])) this.#giveUp(cluster);
      else if (list.size === 0) lists.delete(cluster);
    }
    while (this.size > this.#maxMembers) this.#giveUp(this.#longest());
  }

  /** A page of a cluster's list; undefined where the database has to be asked. */
  page(cluster: string, wanted: Traits, { after, limit }: Page): string[] | undefined {
    if (this.#lists === undefined || this.#givenUp.has(cluster)) return undefined;
    return this.#lists.get(cluster)?.page(wanted, after, limit) ?? [];
  }

  /** Whether a cluster's list has a resource whose ARN ends with that id; undefined where the database has to be asked. */
  has(cluster: string, id: string): boolean | undefined {
    if (this.#lists === undefined || this.#givenUp.has(cluster)) return undefined;
    return this.#lists.get(cluster)?.has(id) ?? false;
  }

  #giveUp(cluster: string): void {
    this.#lists?.delete(cluster);
    this.#givenUp.add(cluster);
  }

  #longest(): string {
    const [[cluster] = [""]] = [...(this.#lists ?? [])].toSorted(([, a], [, b]) => b.size - a.size);
    return cluster;
  }
}

function byCluster<T extends { readonly cluster: string }>(rows: readonly T[]): Map<string, T[]> {
  return Map.groupBy(rows, ({ cluster }) => cluster);
}
