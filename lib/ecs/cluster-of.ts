import type { ECSCluster, ECSService, ECSTask } from "#model/generated/resources.generated.ts";
import { clusterNameOf } from "./arns.ts";
import { clusterNamespace } from "./names.ts";

/** Cluster that an object belongs to when nothing says otherwise, as in ECS. */
export const DEFAULT_CLUSTER = "default";

/** Finds the ECS name of the cluster that owns a namespace. */
export type ClusterOfNamespace = (namespace: string) => string | undefined;

/** The ECS name of a cluster resource. */
export function clusterNameOfResource(cluster: ECSCluster): string {
  return cluster.spec.clusterName ?? cluster.metadata.name ?? "";
}

/** The namespace that a cluster resource owns. */
export function namespaceOfResource(cluster: ECSCluster): string {
  return cluster.spec.namespace ?? clusterNamespace(cluster.metadata.name ?? "");
}

/**
 * Which cluster a service or task belongs to by its spec: `spec.cluster` (name or ARN); left out, the cluster whose
 * namespace the object is in; else `default`.
 */
export function clusterOf(object: ECSService | ECSTask, clusterOfNamespace: ClusterOfNamespace): string {
  const reference = object.spec.cluster;
  if (reference !== undefined && reference !== "") return clusterNameOf(reference);
  return clusterOfNamespace(object.metadata.namespace ?? "") ?? DEFAULT_CLUSTER;
}

/** Namespace → ECS cluster name. Of two clusters that claim one namespace the older has it (then by name). */
export function namespacesOf(clusters: Iterable<ECSCluster>): Map<string, string> {
  const oldestFirst = [...clusters].sort((a, b) => age(a).localeCompare(age(b)));
  const owners = new Map<string, string>();
  for (const cluster of oldestFirst) {
    const namespace = namespaceOfResource(cluster);
    if (!owners.has(namespace)) owners.set(namespace, clusterNameOfResource(cluster));
  }
  return owners;
}

function age(cluster: ECSCluster): string {
  return `${cluster.metadata.creationTimestamp ?? "9"} ${cluster.metadata.name ?? ""}`;
}
