import type { ECSCluster } from "#model/generated/resources.generated.ts";
import type { Cluster } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { clusterArn, type Identity } from "../arns.ts";
import { clusterNameOfResource } from "../cluster-of.ts";

/**
 * An ECSCluster as DescribeClusters shows it, tags and settings included (the gateway drops what `include` does not
 * ask for). Task, service and instance counts are those of the status; whoever knows better overwrites them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
 */
export function describeCluster(resource: ECSCluster, identity: Identity): Cluster {
  const { spec, status, metadata } = resource;
  const clusterName = clusterNameOfResource(resource);
  return toWire("Cluster", {
    registeredContainerInstancesCount: 0,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    activeServicesCount: 0,
    statistics: [],
    attachments: [],
    ...spec,
    tags: spec.tags ?? [],
    settings: spec.settings ?? [{ name: "containerInsights", value: "disabled" }],
    capacityProviders: spec.capacityProviders ?? [],
    defaultCapacityProviderStrategy: spec.defaultCapacityProviderStrategy ?? [],
    ...status,
    clusterName,
    clusterArn: status?.clusterArn ?? clusterArn(identity, clusterName),
    status: metadata.deletionTimestamp === undefined ? (status?.status ?? "ACTIVE") : "DEPROVISIONING",
  });
}

/** How a cluster that is gone is shown until one of its name is created again. */
export function describeDeletedCluster(resource: ECSCluster, identity: Identity): Cluster {
  return {
    ...describeCluster(resource, identity),
    status: "INACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    activeServicesCount: 0,
  };
}
