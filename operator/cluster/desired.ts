import { LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { controllerOf, controllerReference, isControlledBy } from "#lib/kube/owners.ts";
import type { Namespace } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { ClusterState } from "./state.ts";

/** The namespace to apply for a cluster; undefined where there is one that is not ours to change, or nothing to do. */
export function desiredNamespace(state: ClusterState): Namespace | undefined {
  const { cluster, clusterName, namespaceName, namespace } = state;
  if (isDeleting(cluster) || state.elderByName !== undefined || state.elderByNamespace !== undefined) return undefined;
  if (namespace && (isDeleting(namespace) || !isControlledBy(namespace, cluster))) return undefined;
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespaceName,
      labels: { [LABELS.managedBy]: MANAGED_BY, [LABELS.cluster]: labelValue(clusterName) },
      ownerReferences: [controllerReference(RESOURCES.ECSCluster, cluster)],
    },
  };
}

/** Whether the namespace is about to go: deleted, or still that of an ECSCluster that has been deleted. */
export function isLeaving(namespace: Namespace, { cluster }: ClusterState): boolean {
  const owner = controllerOf(namespace);
  return isDeleting(namespace) || (owner?.kind === "ECSCluster" && owner.uid !== cluster.metadata.uid);
}
