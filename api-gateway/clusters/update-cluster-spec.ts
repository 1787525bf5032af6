import { describeCluster } from "#lib/ecs/describe/cluster.ts";
import { clusterNotFound } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSCluster, type ECSClusterSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Cluster } from "#model/generated/types.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { requireCluster } from "./cluster.ts";
import { updateSpec } from "../common/update-spec.ts";

/**
 * Changes a cluster, given as name or ARN.
 * @returns the cluster as it is answered, with the counts of the read side.
 * @throws EcsError `ClusterNotFoundException`, also for one that is INACTIVE.
 */
export async function updateClusterSpec(
  deps: Deps,
  reference: string | undefined,
  change: (spec: ECSClusterSpec) => ECSClusterSpec,
  call: Pick<Call, "signal">,
): Promise<Cluster> {
  const { name, ref } = await requireCluster(deps, reference);
  if (ref.deleted) throw clusterNotFound();
  try {
    const updated = await updateSpec<ECSCluster>(
      deps,
      { resource: RESOURCES.ECSCluster, ref: { name: ref.name }, change: ({ spec }) => change(spec) },
      call,
    );
    return { ...describeCluster(updated, deps.identity), ...countsOf((await deps.queries.cluster(name))?.doc) };
  } catch (error) {
    throw isNotFound(error) ? clusterNotFound() : error;
  }
}

function countsOf(cluster: Cluster = {}): Cluster {
  const { registeredContainerInstancesCount = 0, runningTasksCount = 0, pendingTasksCount = 0 } = cluster;
  const { activeServicesCount = 0 } = cluster;
  return { registeredContainerInstancesCount, runningTasksCount, pendingTasksCount, activeServicesCount };
}
