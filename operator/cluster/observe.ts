import { clusterNameOfResource, DEFAULT_CLUSTER, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { isDeregistered } from "#lib/ecs/node-state.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import type { Informer } from "#lib/kube/informer.ts";
import type { KubeObject, Node } from "#lib/kube/resources.ts";
import type { ECSCluster } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import type { ClusterCounts, ClusterState } from "./state.ts";

const RUNNING = "RUNNING";
const PENDING: ReadonlySet<string> = new Set(["PROVISIONING", "PENDING", "ACTIVATING"]);

/**
 * Everything about one cluster, from the caches.
 * @param readyNodes number of nodes that take tasks; counted as they change, not here
 */
export function observeCluster(
  cluster: ECSCluster,
  { informers }: Pick<Deps, "informers">,
  readyNodes: number,
): ClusterState {
  const clusterName = clusterNameOfResource(cluster);
  const namespaceName = namespaceOfResource(cluster);
  const namespace = informers.namespaces.get(undefined, namespaceName);
  const elderByName = elderOf(cluster, informers.clusters.byIndex(INDEX.clusterName, clusterName));
  const elderByNamespace = elderOf(cluster, informers.clusters.byIndex(INDEX.namespace, namespaceName));
  return {
    cluster,
    clusterName,
    namespaceName,
    counts: { ...countsOf(cluster, informers), registeredContainerInstancesCount: readyNodes },
    ...(namespace && { namespace }),
    ...(elderByName !== undefined && { elderByName }),
    ...(elderByNamespace !== undefined && { elderByNamespace }),
  };
}

/** Whether a node takes tasks or could: a container instance that is registered. */
export function isReadyNode(node: Node): boolean {
  if (isDeregistered(node)) return false;
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function countsOf(cluster: ECSCluster, informers: Deps["informers"]) {
  const { services, tasks } = informers;
  const states = ofCluster(cluster, tasks, informers).map(({ status }) => status?.lastStatus ?? "PROVISIONING");
  return {
    runningTasksCount: states.filter((lastStatus) => lastStatus === RUNNING).length,
    pendingTasksCount: states.filter((lastStatus) => PENDING.has(lastStatus)).length,
    activeServicesCount: ofCluster(cluster, services, informers).filter((service) => !isDeleting(service)).length,
  } satisfies Partial<ClusterCounts>;
}

/** Objects that name the cluster; those in its namespace that name none; in no cluster's, the default cluster's. */
function ofCluster<T extends KubeObject>(
  cluster: ECSCluster,
  objects: Informer<T>,
  { clusters }: Deps["informers"],
): T[] {
  const name = clusterNameOfResource(cluster);
  const inside = objects.byIndex(INDEX.cluster, `in:${namespaceOfResource(cluster)}`);
  const named = objects.byIndex(INDEX.cluster, name);
  if (name !== DEFAULT_CLUSTER) return [...named, ...inside];
  const homeless = objects
    .byIndex(INDEX.cluster, "implicit")
    .filter(({ metadata }) => clusters.byIndex(INDEX.namespace, metadata?.namespace ?? "").length === 0);
  return [...named, ...inside, ...homeless];
}

function elderOf(cluster: ECSCluster, namesakes: readonly ECSCluster[]): string | undefined {
  const [elder] = [...namesakes].sort((a, b) => age(a).localeCompare(age(b)));
  return elder === undefined || elder.metadata.uid === cluster.metadata.uid ? undefined : (elder.metadata.name ?? "");
}

function age({ metadata }: ECSCluster): string {
  return `${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;
}
