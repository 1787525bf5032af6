import type { Namespace } from "#lib/kube/resources.ts";
import type { ECSCluster } from "#model/generated/resources.generated.ts";

/** All that is known about one cluster when it is reconciled: plain data. */
export interface ClusterState {
  readonly cluster: ECSCluster;
  readonly clusterName: string;
  readonly namespaceName: string;
  readonly namespace?: Namespace;
  /** Older clusters (names of their resources) with the same ECS name, and with the same namespace. */
  readonly elderByName?: string;
  readonly elderByNamespace?: string;
  readonly counts: ClusterCounts;
}

export interface ClusterCounts {
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly activeServicesCount: number;
  readonly registeredContainerInstancesCount: number;
}
