import type { StateTable } from "./tables.ts";

/** The tables whose rows are cached; the others are asked for seldom. */
export const CACHED_TABLES = ["clusters", "services", "tasks", "task_definitions"] as const satisfies StateTable[];

export type CachedTable = (typeof CACHED_TABLES)[number];

export function isCached(table: StateTable): table is CachedTable {
  return CACHED_TABLES.some((each) => each === table);
}

/** Columns that say what a row of a current-state table is called. */
export type NameCells = Readonly<Record<string, unknown>>;

/** Cache keys of objects (with a `/` after the kind: one object) and of groups of them. */
export const KEYS = {
  cluster: (name: string): string => `cluster/${name}`,
  /** A cluster with the counts of its tasks and services. */
  countedCluster: (name: string): string => `counted-cluster/${name}`,
  service: (cluster: string, name: string): string => `service/${cluster}/${name}`,
  servicesOf: (cluster: string): string => `services-of/${cluster}`,
  task: (cluster: string, id: string): string => `task/${cluster}/${id}`,
  tasksOf: (cluster: string): string => `tasks-of/${cluster}`,
  taskDefinition: (family: string, revision: number): string => `task-definition/${family}:${revision}`,
  family: (name: string): string => `family/${name}`,
} as const;

/** The key of the object that a row describes; undefined for one that has no name yet. */
export function objectKey(table: CachedTable, row: NameCells): string | undefined {
  switch (table) {
    case "clusters":
      return KEYS.cluster(String(row["cluster_name"]));
    case "services":
      return KEYS.service(String(row["cluster_name"]), String(row["service_name"]));
    case "tasks":
      return KEYS.task(String(row["cluster_name"]), String(row["name"]));
    default: {
      const revision = row["revision"];
      return typeof revision === "number" ? KEYS.taskDefinition(String(row["family"]), revision) : undefined;
    }
  }
}

/** Keys of the groups of which a row is a member. */
export function groupKeys(table: CachedTable, row: NameCells): string[] {
  if (table === "task_definitions") return [KEYS.family(String(row["family"]))];
  const cluster = String(row["cluster_name"]);
  if (table === "clusters") return [KEYS.countedCluster(cluster)];
  return [KEYS.countedCluster(cluster), table === "tasks" ? KEYS.tasksOf(cluster) : KEYS.servicesOf(cluster)];
}
