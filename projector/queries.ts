import { parseArn } from "#lib/ecs/arns.ts";
import { share } from "#lib/shared-json.ts";
import type {
  CapacityProvider,
  Cluster,
  DesiredStatus,
  LaunchType,
  ResourceManagementType,
  SchedulingStrategy,
  Service,
  ServiceDeployment,
  ServiceDeploymentStatus,
  ServiceRevision,
  SortOrder,
  Tag,
  Task,
  TaskDefinition,
  TaskSet,
} from "#model/generated/types.generated.ts";
import { type Found, foundOf, type Page } from "./found.ts";
import { type ScheduleQueries, scheduleQueries } from "./schedule-queries.ts";
import type { Reader, ResultRow } from "./repository.ts";

export type { Found, Page, Ref } from "./found.ts";

export interface ServiceFilter {
  readonly launchType?: LaunchType;
  readonly schedulingStrategy?: SchedulingStrategy;
  readonly resourceManagementType?: ResourceManagementType;
}

export interface TaskFilter {
  /** ECS name of the service. */
  readonly serviceName?: string;
  readonly family?: string;
  readonly startedBy?: string;
  /** Full ARN. */
  readonly containerInstanceArn?: string;
  readonly launchType?: LaunchType;
  readonly desiredStatus?: DesiredStatus;
}

export interface TaskDefinitionFilter {
  /** The whole family name. */
  readonly family?: string;
  readonly status?: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  /** By family and revision; ASC when left out. */
  readonly sort?: SortOrder;
}

export interface FamilyFilter {
  readonly prefix?: string;
  /** ACTIVE: has an ACTIVE revision; INACTIVE: has none; ALL. */
  readonly status?: "ACTIVE" | "INACTIVE" | "ALL";
}

export interface ServiceDeploymentFilter {
  /** Of the ECSService. */
  readonly serviceUid: string;
  readonly statuses?: readonly ServiceDeploymentStatus[];
  /** Only those that began after it. */
  readonly since: Date;
  readonly before?: Date;
}

/** What still lives in a cluster. */
export interface ClusterActivity {
  readonly activeServices: number;
  /** Tasks that are not STOPPED. */
  readonly activeTasks: number;
  readonly registeredContainerInstances: number;
}

/** Tasks and services of one launch type in a cluster. */
export interface LaunchTypeCounts {
  /** ECS name. */
  readonly cluster: string;
  readonly launchType: string;
  readonly runningTasks: number;
  readonly pendingTasks: number;
  readonly activeServices: number;
  readonly drainingServices: number;
}

/** Counts of the clusters that have Container Insights, and of their services. */
export interface ContainerInsights {
  readonly clusters: readonly {
    readonly cluster: string;
    readonly services: number;
    readonly running: number;
    readonly pending: number;
  }[];
  readonly services: readonly {
    readonly cluster: string;
    readonly service: string;
    readonly desired: number;
    readonly running: number;
    readonly pending: number;
    readonly deployments: number;
  }[];
}

/**
 * What the gateway asks the read side. Clusters, services and task ids are ECS names (see `lib/ecs/arns.ts` for
 * ARNs). Answers come from the last commit; names that are not known are absent from answers to several.
 * Where two resources claim one ARN the older one is answered.
 */
export interface Queries extends ScheduleQueries {
  /** With task, service and instance counts as of now; also INACTIVE ones. */
  clusters(names: readonly string[]): Promise<Found<Cluster>[]>;
  cluster(name: string): Promise<Found<Cluster> | undefined>;
  /** Without counts of tasks and services: for those who only need to know that it is there, and its settings. */
  clusterRow(name: string): Promise<Found<Cluster> | undefined>;
  /** ARNs of the clusters that are not INACTIVE, in order. */
  listClusters(page: Page): Promise<string[]>;
  clusterActivity(cluster: string): Promise<ClusterActivity>;
  /** One entry for each launch type that is in use in one of the clusters. */
  clusterStatistics(names: readonly string[]): Promise<LaunchTypeCounts[]>;
  containerInsights(): Promise<ContainerInsights>;

  /** Also INACTIVE ones. */
  services(cluster: string, names: readonly string[]): Promise<Found<Service>[]>;
  service(cluster: string, name: string): Promise<Found<Service> | undefined>;
  /** ARNs of the services that are ACTIVE, in order: one that drains is no longer listed, as in ECS. */
  listServices(cluster: string, filter: ServiceFilter, page: Page): Promise<string[]>;
  /** ARNs of the ACTIVE services of all clusters whose Service Connect namespace is one of these, in order. */
  listServicesByNamespace(namespaces: readonly string[], page: Page): Promise<string[]>;

  /** By ARN, also of services that are gone. */
  serviceDeployments(arns: readonly string[]): Promise<Found<ServiceDeployment>[]>;
  serviceRevisions(arns: readonly string[]): Promise<Found<ServiceRevision>[]>;
  /** ARNs, newest first. */
  listServiceDeployments(filter: ServiceDeploymentFilter, page: Page): Promise<string[]>;

  /** Of a service, by the uid of its ECSService, oldest first. */
  taskSets(serviceUid: string): Promise<Found<TaskSet>[]>;

  /** Also STOPPED ones that are still kept. */
  tasks(cluster: string, ids: readonly string[]): Promise<Found<Task>[]>;
  task(cluster: string, id: string): Promise<Found<Task> | undefined>;
  /** ARNs, in order. */
  listTasks(cluster: string, filter: TaskFilter, page: Page): Promise<string[]>;
  /** Every task of a service, also those STOPPED that are still kept. */
  tasksOfService(cluster: string, serviceName: string): Promise<Found<Task>[]>;
  /** Tasks that a call with this clientToken made, in whatever state. */
  tasksByClientToken(cluster: string, clientToken: string): Promise<Found<Task>[]>;

  /** That revision in whatever status; without one the latest ACTIVE. */
  taskDefinition(family: string, revision?: number): Promise<Found<TaskDefinition> | undefined>;
  /** Highest revision number of the family ever seen, deleted ones included; 0 where there was none. */
  latestRevision(family: string): Promise<number>;
  /** ARNs. */
  listTaskDefinitions(filter: TaskDefinitionFilter, page: Page): Promise<string[]>;
  listFamilies(filter: FamilyFilter, page: Page): Promise<string[]>;

  /** Also INACTIVE ones; not FARGATE and FARGATE_SPOT where no resource says anything of them. */
  capacityProviders(names: readonly string[]): Promise<Found<CapacityProvider>[]>;
  /** Names of those that are not INACTIVE, in order; of one cluster's own where one is given. */
  listCapacityProviders(cluster: string | undefined, page: Page): Promise<string[]>;
  /** Names of those that only this cluster can use. */
  listOwnCapacityProviders(cluster: string): Promise<string[]>;
  /** ECS names of the clusters that a capacity provider is associated with. */
  clustersOfCapacityProvider(name: string): Promise<string[]>;
  /** Whether a service or a task of a cluster that has not ended uses a capacity provider. */
  isCapacityProviderInUse(cluster: string, name: string): Promise<boolean>;

  /** Tags of a cluster, service, task, task definition or capacity provider by ARN; undefined where there is no such resource. */
  tags(arn: string): Promise<Tag[] | undefined>;
}

/** The queries of `sql/queries`, typed. */
export function createQueries(store: Reader): Queries {
  return {
    ...clusterQueries(store),
    ...serviceQueries(store),
    ...serviceDeploymentQueries(store),
    ...taskQueries(store),
    ...taskDefinitionQueries(store),
    ...capacityProviderQueries(store),
    ...scheduleQueries(store),
  };
}

function clusterQueries(store: Reader) {
  const clusters: Queries["clusters"] = async (names) =>
    (await store.read("clusters_by_name", { names })).map((row) => withCounts(foundOf<Cluster>(row), row));
  return {
    clusters,
    cluster: async (name: string) => (await clusters([name]))[0],
    clusterRow: async (name: string) => (await store.read("cluster_row", { name })).map(foundOf<Cluster>)[0],
    listClusters: async ({ after, limit }: Page) => texts(await store.read("list_clusters", { after, limit }), "arn"),
    clusterActivity: async (cluster: string): Promise<ClusterActivity> => {
      const [row] = await store.read("cluster_activity", { cluster });
      return {
        activeServices: Number(row?.["active_services"] ?? 0),
        activeTasks: Number(row?.["active_tasks"] ?? 0),
        registeredContainerInstances: Number(row?.["instances"] ?? 0),
      };
    },
    clusterStatistics: async (names: readonly string[]): Promise<LaunchTypeCounts[]> =>
      (await store.read("cluster_statistics", { names })).map((row) => ({
        cluster: String(row["cluster_name"]),
        launchType: String(row["launch_type"]),
        runningTasks: Number(row["running"]),
        pendingTasks: Number(row["pending"]),
        activeServices: Number(row["active"]),
        drainingServices: Number(row["draining"]),
      })),
    containerInsights: async (): Promise<ContainerInsights> => insightsOf(await store.read("container_insights")),
    tags: async (arn: string): Promise<Tag[] | undefined> => {
      const [row] = await store.read("tags_of", { arn });
      return row && (JSON.parse(String(row["tags"] ?? "[]")) as Tag[]);
    },
  };
}

function insightsOf(rows: readonly ResultRow[]): ContainerInsights {
  const counts = (row: ResultRow) => ({
    cluster: String(row["cluster_name"]),
    running: Number(row["running"]),
    pending: Number(row["pending"]),
  });
  return {
    clusters: rows
      .filter((row) => row["service_name"] === null)
      .map((row) => ({ ...counts(row), services: Number(row["services"]) })),
    services: rows
      .filter((row) => row["service_name"] !== null)
      .map((row) => ({
        ...counts(row),
        service: String(row["service_name"]),
        desired: Number(row["desired"]),
        deployments: Number(row["deployments"]),
      })),
  };
}

function serviceQueries(store: Reader) {
  const services: Queries["services"] = async (cluster, names) =>
    (await store.read("services_by_name", { cluster, names })).map(foundOf<Service>);
  return {
    services,
    service: async (cluster: string, name: string) => (await services(cluster, [name]))[0],
    listServices: async (cluster: string, filter: ServiceFilter, { after, limit }: Page) => {
      const rows = await store.read("list_services", {
        cluster,
        launch_type: filter.launchType,
        scheduling_strategy: filter.schedulingStrategy,
        resource_management_type: filter.resourceManagementType,
        after,
        limit,
      });
      return texts(rows, "arn");
    },
    listServicesByNamespace: async (namespaces: readonly string[], { after, limit }: Page) =>
      texts(await store.read("list_services_by_namespace", { namespaces, after, limit }), "arn"),
  };
}

function serviceDeploymentQueries(store: Reader) {
  return {
    serviceDeployments: async (arns: readonly string[]) =>
      (await store.read("service_deployments_by_arn", { arns })).map(foundOf<ServiceDeployment>),
    serviceRevisions: async (arns: readonly string[]) =>
      (await store.read("service_revisions_by_arn", { arns })).map(foundOf<ServiceRevision>),
    taskSets: async (serviceUid: string) =>
      (await store.read("task_sets_of_service", { service_uid: serviceUid })).map(foundOf<TaskSet>),
    listServiceDeployments: async (filter: ServiceDeploymentFilter, { after, limit }: Page) => {
      const rows = await store.read("list_service_deployments", {
        service_uid: filter.serviceUid,
        statuses: filter.statuses ?? [],
        since: filter.since,
        before: filter.before,
        after,
        limit,
      });
      return texts(rows, "arn");
    },
  };
}

function taskQueries(store: Reader) {
  const tasks: Queries["tasks"] = async (cluster, ids) =>
    (await store.read("tasks_by_id", { cluster, ids })).map(foundOf<Task>);
  return {
    tasks,
    task: async (cluster: string, id: string) => (await tasks(cluster, [id]))[0],
    listTasks: async (cluster: string, filter: TaskFilter, { after, limit }: Page) => {
      const rows = await store.read("list_tasks", {
        cluster,
        service_name: filter.serviceName,
        family: filter.family,
        started_by: filter.startedBy,
        container_instance_arn: filter.containerInstanceArn,
        launch_type: filter.launchType,
        desired_status: filter.desiredStatus,
        after,
        limit,
      });
      return texts(rows, "arn");
    },
    tasksOfService: async (cluster: string, serviceName: string) =>
      (await store.read("tasks_of_service", { cluster, service_name: serviceName })).map(foundOf<Task>),
    tasksByClientToken: async (cluster: string, clientToken: string) =>
      (await store.read("tasks_by_client_token", { cluster, client_token: clientToken })).map(foundOf<Task>),
  };
}

function taskDefinitionQueries(store: Reader) {
  return {
    taskDefinition: async (family: string, revision?: number) =>
      (await store.read("task_definition", { family, revision })).map(foundOf<TaskDefinition>)[0],
    latestRevision: async (family: string) =>
      Number((await store.read("latest_revision", { family }))[0]?.["latest_revision"] ?? 0),
    listTaskDefinitions: async ({ family, status, sort }: TaskDefinitionFilter, { after, limit }: Page) => {
      const query = sort === "DESC" ? "list_task_definitions_descending" : "list_task_definitions";
      const last = after === undefined ? undefined : familyAndRevision(after);
      const rows = await store.read(query, {
        family,
        status,
        after_family: last?.family,
        after_revision: last?.revision,
        limit,
      });
      return texts(rows, "arn");
    },
    listFamilies: async ({ prefix, status = "ACTIVE" }: FamilyFilter, { after, limit }: Page) =>
      texts(await store.read("list_families", { prefix, status, after, limit }), "family"),
  };
}

function capacityProviderQueries(store: Reader) {
  return {
    capacityProviders: async (names: readonly string[]) =>
      (await store.read("capacity_providers_by_name", { names })).map(foundOf<CapacityProvider>),
    listCapacityProviders: async (cluster: string | undefined, { after, limit }: Page) =>
      texts(await store.read("list_capacity_providers", { cluster, after, limit }), "provider_name"),
    listOwnCapacityProviders: async (cluster: string) =>
      texts(await store.read("own_capacity_providers", { cluster }), "provider_name"),
    clustersOfCapacityProvider: async (name: string) =>
      texts(await store.read("clusters_of_capacity_provider", { name }), "cluster_name"),
    isCapacityProviderInUse: async (cluster: string, name: string) =>
      (await store.read("users_of_capacity_provider", { cluster, name })).length > 0,
  };
}

/** The operator knows the nodes; before it has counted them, those that tasks run on are known at least. */
function withCounts({ doc, ref }: Found<Cluster>, row: ResultRow): Found<Cluster> {
  if (ref.deleted) return { doc, ref };
  const instances = Math.max(doc.registeredContainerInstancesCount ?? 0, Number(row["instances"]));
  return {
    doc: share({
      ...doc,
      registeredContainerInstancesCount: instances,
      runningTasksCount: Number(row["running"]),
      pendingTasksCount: Number(row["pending"]),
      activeServicesCount: Number(row["active_services"]),
    }),
    ref,
  };
}

function texts(rows: readonly ResultRow[], column: string): string[] {
  return rows.map((row) => String(row[column]));
}

/** Where a page of task definitions ended: `…:task-definition/web:7`. */
function familyAndRevision(arn: string): { family: string; revision: number } {
  const [family = "", revision = "0"] = (parseArn(arn)?.path[0] ?? arn).split(":");
  return { family, revision: Number(revision) };
}
