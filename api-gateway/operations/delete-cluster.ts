import { clientException, clusterNotFound, EcsError } from "#lib/errors.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { ownProviders } from "../capacity-providers/capacity-provider.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { until } from "../common/until.ts";
import type { Handler } from "../operation.ts";

/**
 * Deletes a cluster in which nothing lives any more. It stays readable as INACTIVE.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
 */
export const deleteCluster: Handler<"DeleteCluster"> = async (input, deps, { signal }) => {
  const { name, ref } = await requireCluster(deps, input.cluster);
  if (ref.deleted) throw clusterNotFound();
  const doc = (await deps.queries.cluster(name))?.doc;
  const { activeServices, activeTasks } = await deps.queries.clusterActivity(name);
  if (activeServices > 0) {
    throw new EcsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.");
  }
  if (activeTasks > 0) {
    throw new EcsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");
  }
  if ((await ownProviders(name, deps)).length > 0) {
    throw clientException(
      "The Cluster cannot be deleted while Cluster Scoped Capacity Providers are attached to the cluster.",
    );
  }
  await deps.kube.delete(RESOURCES.ECSCluster, { name: ref.name }, { uid: ref.uid, signal });
  // A deletion has no resourceVersion to wait for, so the next read's view is awaited here.
  const gone = async (): Promise<boolean> => (await deps.queries.cluster(name))?.doc.status !== "ACTIVE";
  await until(gone, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal });
  return { cluster: { ...doc, status: "INACTIVE", registeredContainerInstancesCount: 0 } };
};
