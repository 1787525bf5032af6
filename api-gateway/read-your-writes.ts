import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { serverException } from "#lib/errors.ts";
import type { KubeObject } from "#lib/kube/resources.ts";
import {
  type ECSService,
  type ECSTaskDefinition,
  RESOURCES,
  type ResourceKind,
} from "#model/generated/resources.generated.ts";
import type { Queries } from "#projector/queries.ts";
import type { ApiMetrics } from "./metrics.ts";
import type { About, Writes } from "./writes.ts";

/** What an answer is made of: any objects of some kinds, and of one kind those that the query names. */
interface MadeOf<P extends unknown[] = unknown[]> {
  readonly any: readonly ResourceKind[];
  readonly named?: { readonly kind: ResourceKind; readonly names: (...given: P) => readonly string[] };
}

const any = (...kinds: ResourceKind[]): { any: ResourceKind[] } => ({ any: kinds });

/** Who owns a namespace decides to which cluster what lives in it belongs. */
const MEMBERS = any("ECSCluster", "ECSService", "ECSTask");
const SERVICES = any("ECSCluster", "ECSService");
const TASKS = any("ECSCluster", "ECSTask");
const PROVIDERS = any("ECSCluster", "ECSCapacityProvider");
const SCHEDULES = any("ECSCluster", "ECSSchedule");

/** One object, or several, of a cluster. */
const one = (kind: ResourceKind) => ({
  ...any("ECSCluster"),
  named: { kind, names: (_cluster: string, name: string) => [name] },
});
const several = (kind: ResourceKind) => ({
  ...any("ECSCluster"),
  named: { kind, names: (_cluster: string, names: readonly string[]) => names },
});
const OF_FAMILY = { any: [], named: { kind: "ECSTaskDefinition", names: (family: string) => [family] } } as const;

const MADE_OF: { readonly [Q in keyof Queries]: MadeOf<Parameters<Queries[Q]>> } = {
  clusters: MEMBERS,
  cluster: MEMBERS,
  clusterRow: any("ECSCluster"),
  listClusters: any("ECSCluster"),
  clusterActivity: MEMBERS,
  clusterStatistics: MEMBERS,
  containerInsights: MEMBERS,
  services: several("ECSService"),
  service: one("ECSService"),
  listServices: SERVICES,
  listServicesByNamespace: SERVICES,
  serviceDeployments: any("ECSServiceDeployment"),
  serviceRevisions: any("ECSServiceRevision"),
  listServiceDeployments: any("ECSServiceDeployment"),
  taskSets: any("ECSTaskSet"),
  tasks: several("ECSTask"),
  task: one("ECSTask"),
  listTasks: TASKS,
  tasksOfService: TASKS,
  tasksByClientToken: TASKS,
  taskDefinition: OF_FAMILY,
  latestRevision: OF_FAMILY,
  listTaskDefinitions: any("ECSTaskDefinition"),
  listFamilies: any("ECSTaskDefinition"),
  capacityProviders: PROVIDERS,
  listCapacityProviders: PROVIDERS,
  listOwnCapacityProviders: PROVIDERS,
  clustersOfCapacityProvider: PROVIDERS,
  isCapacityProviderInUse: MEMBERS,
  tags: any("ECSCluster", "ECSService", "ECSTask", "ECSTaskDefinition", "ECSCapacityProvider", "ECSTaskSet"),
  schedule: SCHEDULES,
  schedules: SCHEDULES,
  rule: SCHEDULES,
  rules: SCHEDULES,
  scalableTargets: any("ECSCluster", "ECSScalableTarget"),
};

/** The name by which queries ask for an object: that of ECS, which need not be the object's own. */
export function askedAs(object: KubeObject): string {
  switch (object.kind) {
    case "ECSService":
      return serviceNameOf(object as ECSService);
    case "ECSTaskDefinition":
      return (object as ECSTaskDefinition).spec.family;
    default:
      return object.metadata?.name ?? "";
  }
}

/**
 * The queries, each of which first waits until the read side shows what this gateway has written of what its answer is
 * made of: of a service, a task or a task definition only what was written of that one. An answer without an acknowledged
 * write would be wrong (tools forget what is MISSING), so there is none then.
 * @throws EcsError `ServerException` (HTTP 503), which SDKs try again.
 */
export function readYourWrites(queries: Queries, { seen }: Pick<Writes, "seen">, metrics: ApiMetrics): Queries {
  const waiting = Object.entries(MADE_OF).map(([name, madeOf]) => {
    const ask = queries[name as keyof Queries] as (...given: unknown[]) => Promise<unknown>;
    const about = aboutOf(madeOf as MadeOf);
    const query = (...given: unknown[]): Promise<unknown> => {
      const shown = seen(about(given));
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

function aboutOf({ any: kinds, named: certain }: MadeOf): (given: unknown[]) => readonly About[] {
  const whole = kinds.map((kind): About => ({ resource: RESOURCES[kind].plural }));
  if (certain === undefined) return () => whole;
  const { plural: resource } = RESOURCES[certain.kind];
  return (given) => [...whole, { resource, names: certain.names(...given) }];
}
