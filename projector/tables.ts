import type { DuckDBAppender } from "@duckdb/node-api";
import type { EcsResource, ResourceKind } from "#model/generated/resources.generated.ts";
import { timestampValue } from "./session.ts";

/** A value to store; null and undefined are SQL's NULL. */
export type Cell = string | number | bigint | boolean | Date | null | undefined;

/** The stored columns of a current-state table in its order, as `sql/migrations` has them. */
const COMMON = [
  ["uid", "text"],
  ["namespace", "text"],
  ["name", "text"],
  ["resource_version", "version"],
  ["created_at", "time"],
  ["updated_at", "time"],
  ["deleted_at", "time"],
] as const;

const TABLES = {
  clusters: [
    ...COMMON,
    ["arn", "text"],
    ["cluster_name", "text"],
    ["status", "text"],
    ["owned_namespace", "text"],
    ["doc", "text"],
  ],
  services: [
    ...COMMON,
    ["arn", "text"],
    ["cluster_name", "text"],
    ["implicit_cluster", "boolean"],
    ["service_name", "text"],
    ["status", "text"],
    ["launch_type", "text"],
    ["scheduling_strategy", "text"],
    ["resource_management_type", "text"],
    ["client_token", "text"],
    ["doc", "text"],
  ],
  tasks: [
    ...COMMON,
    ["arn", "text"],
    ["cluster_name", "text"],
    ["implicit_cluster", "boolean"],
    ["service_name", "text"],
    ["service_arn", "text"],
    ["family", "text"],
    ["status", "text"],
    ["desired_status", "text"],
    ["launch_type", "text"],
    ["group_name", "text"],
    ["started_by", "text"],
    ["container_instance_arn", "text"],
    ["client_token", "text"],
    ["doc", "text"],
  ],
  task_definitions: [
    ...COMMON,
    ["arn", "text"],
    ["family", "text"],
    ["revision", "integer"],
    ["status", "text"],
    ["tags", "text"],
    ["doc", "text"],
  ],
  capacity_providers: [
    ...COMMON,
    ["arn", "text"],
    ["provider_name", "text"],
    ["cluster_name", "text"],
    ["status", "text"],
    ["doc", "text"],
  ],
  schedules: [
    ...COMMON,
    ["arn", "text"],
    ["schedule_type", "text"],
    ["schedule_name", "text"],
    ["state", "text"],
    ["tags", "text"],
    ["doc", "text"],
  ],
  scalable_targets: [...COMMON, ["arn", "text"], ["resource_id", "text"], ["tags", "text"], ["doc", "text"]],
  service_deployments: [
    ...COMMON,
    ["arn", "text"],
    ["cluster_name", "text"],
    ["service_name", "text"],
    ["service_uid", "text"],
    ["status", "text"],
    ["doc", "text"],
  ],
  service_revisions: [
    ...COMMON,
    ["arn", "text"],
    ["cluster_name", "text"],
    ["service_name", "text"],
    ["service_uid", "text"],
    ["doc", "text"],
  ],
  task_sets: [
    ...COMMON,
    ["arn", "text"],
    ["cluster_name", "text"],
    ["service_name", "text"],
    ["service_uid", "text"],
    ["status", "text"],
    ["doc", "text"],
  ],
  recent_history: [
    ["kind", "text"],
    ["uid", "text"],
    ["resource_version", "version"],
    ["change", "text"],
    ["source", "text"],
    ["changed_at", "time"],
    ["namespace", "text"],
    ["name", "text"],
    ["arn", "text"],
    ["object", "text"],
    ["position", "version"],
  ],
  kubernetes_history: [
    ["kind", "text"],
    ["uid", "text"],
    ["resource_version", "version"],
    ["change", "text"],
    ["source", "text"],
    ["changed_at", "time"],
    ["namespace", "text"],
    ["name", "text"],
    ["arn", "text"],
    ["service_arn", "text"],
    ["about_kind", "text"],
    ["about_uid", "text"],
    ["summary", "text"],
    ["object", "text"],
    ["spec", "text"],
    ["position", "version"],
  ],
} as const;

export type TableName = keyof typeof TABLES;
export type StateTable = Exclude<TableName, "recent_history" | "kubernetes_history">;

/** A row of a table: a cell for each stored column. */
export type RowOf<T extends TableName> = { readonly [C in (typeof TABLES)[T][number][0]]: Cell };

/** The current-state table of a kind; those without one are no ECS resources that anybody lists. */
export const TABLE_OF = {
  ECSCapacityProvider: "capacity_providers",
  ECSCluster: "clusters",
  ECSService: "services",
  ECSTask: "tasks",
  ECSTaskDefinition: "task_definitions",
  ECSSchedule: "schedules",
  ECSScalableTarget: "scalable_targets",
  ECSServiceDeployment: "service_deployments",
  ECSServiceRevision: "service_revisions",
  ECSTaskSet: "task_sets",
} as const satisfies Partial<Record<ResourceKind, StateTable>>;

export type ProjectedKind = keyof typeof TABLE_OF;
export type ProjectedResource = Extract<EcsResource, { kind: ProjectedKind }>;

/** The kinds that the projector follows. */
export const PROJECTED_KINDS = Object.keys(TABLE_OF) as ProjectedKind[];

/** Those that readers see as a view with computed columns: writing these would compute them all. */
const WITH_COMPUTED_COLUMNS: ReadonlySet<TableName> = new Set(["clusters", "services", "tasks", "task_definitions"]);

/** The table that is written for one of that name. */
export function storedTable(table: TableName): string {
  return WITH_COMPUTED_COLUMNS.has(table) ? `stored_${table}` : table;
}

/** Names of a table's stored columns, in order. */
export function columnsOf(table: TableName): string[] {
  return TABLES[table].map(([name]) => name);
}

/** Appends one row; the appender is one of that table. */
export function appendRow<T extends TableName>(appender: DuckDBAppender, table: T, row: RowOf<T>): void {
  const cells: Readonly<Record<string, Cell>> = row;
  for (const [column, type] of TABLES[table]) append(appender, type, cells[column]);
  appender.endRow();
}

type ColumnType = "text" | "version" | "time" | "boolean" | "integer";

function append(appender: DuckDBAppender, type: ColumnType, cell: Cell): void {
  if (cell === null || cell === undefined) appender.appendNull();
  else if (type === "version") appender.appendUBigInt(BigInt(String(cell)));
  else if (type === "time")
    appender.appendTimestamp(timestampValue(cell instanceof Date ? cell : new Date(String(cell))));
  else if (type === "boolean") appender.appendBoolean(cell === true);
  else if (type === "integer") appender.appendInteger(Number(cell));
  else appender.appendVarchar(String(cell));
}
