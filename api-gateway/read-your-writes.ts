import { serverException } from "#lib/errors.ts";
import { RESOURCES, type ResourceKind } from "#model/generated/resources.generated.ts";
import type { Queries } from "#projector/queries.ts";
import type { ApiMetrics } from "./metrics.ts";
import type { Writes } from "./writes.ts";

/** Who owns a namespace decides to which cluster what lives in it belongs. */
const MEMBERS = ["ECSCluster", "ECSService", "ECSTask"] as const;
const SERVICES = ["ECSCluster", "ECSService"] as const;
const TASKS = ["ECSCluster", "ECSTask"] as const;
const PROVIDERS = ["ECSCluster", "ECSCapacityProvider"] as const;

/** The resources that each answer is made of. */
const MADE_OF: Readonly<Record<keyof Queries, readonly ResourceKind[]>> = {
  clusters: MEMBERS,
  cluster: MEMBERS,
  clusterRow: ["ECSCluster"],
  listClusters: ["ECSCluster"],
  clusterActivity: MEMBERS,
  clusterStatistics: MEMBERS,
  containerInsights: MEMBERS,
  services: SERVICES,
  service: SERVICES,
  listServices: SERVICES,
  listServicesByNamespace: SERVICES,
  serviceDeployments: ["ECSServiceDeployment"],
  serviceRevisions: ["ECSServiceRevision"],
  listServiceDeployments: ["ECSServiceDeployment"],
  taskSets: ["ECSTaskSet"],
  tasks: TASKS,
  task: TASKS,
  listTasks: TASKS,
  tasksOfService: TASKS,
  tasksByClientToken: TASKS,
  taskDefinition: ["ECSTaskDefinition"],
  latestRevision: ["ECSTaskDefinition"],
  listTaskDefinitions: ["ECSTaskDefinition"],
  listFamilies: ["ECSTaskDefinition"],
  capacityProviders: PROVIDERS,
  listCapacityProviders: PROVIDERS,
  listOwnCapacityProviders: PROVIDERS,
  clustersOfCapacityProvider: PROVIDERS,
  isCapacityProviderInUse: MEMBERS,
  tags: [...MEMBERS, "ECSTaskDefinition", "ECSCapacityProvider", "ECSTaskSet"],
  schedule: ["ECSCluster", "ECSSchedule"],
  schedules: ["ECSCluster", "ECSSchedule"],
  rule: ["ECSCluster", "ECSSchedule"],
  rules: ["ECSCluster", "ECSSchedule"],
  scalableTargets: ["ECSCluster", "ECSScalableTarget"],
};

/**
 * The queries, each of which first waits until the read side shows what this gateway has written of the resources that
 * its answer is made of. An answer without an acknowledged write would be wrong (tools forget what is MISSING), so there
 * is none then.
 * @throws EcsError `ServerException` (HTTP 503), which SDKs try again.
 */
export function readYourWrites(queries: Queries, { seen }: Pick<Writes, "seen">, metrics: ApiMetrics): Queries {
  const waiting = Object.entries(MADE_OF).map(([name, kinds]) => {
    const ask = queries[name as keyof Queries] as (...given: unknown[]) => Promise<unknown>;
    const resources = kinds.map((kind) => RESOURCES[kind].plural);
    const query = (...given: unknown[]): Promise<unknown> => {
      const shown = seen(resources);
      return shown === undefined ? ask(...given) : shown.then(caughtUp).then(() => ask(...given));
    };
    return [name, query];
  });
  return Object.fromEntries(waiting) as Queries;

  function caughtUp(shown: boolean): void {
    if (shown) return;
    metrics.readTimedOut();
    throw serverException("KECS has not caught up with earlier writes yet. Please try again.", undefined, 503);
  }
}
