import { clusterArn, type Identity } from "#lib/ecs/arns.ts";
import { executeCommandProblem, unsupportedClusterMembers } from "#lib/ecs/supported-cluster.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { type Progress, setConditions } from "#lib/kube/conditions.ts";
import type { ECSCluster, ECSClusterStatus } from "#model/generated/resources.generated.ts";
import { isLeaving } from "./desired.ts";
import type { ClusterState } from "./state.ts";

/** The status of a cluster from what is there; the same facts give the same status. */
export function clusterStatus(state: ClusterState, identity: Identity, now: Date): ECSClusterStatus {
  const { cluster, clusterName, namespaceName, counts } = state;
  const { generation } = cluster.metadata;
  const progress = progressOf(state);
  const observed = {
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(cluster.status?.conditions, progress, generation, now),
  };
  // The ARN is another's: this one has nothing to tell but that.
  if (state.elderByName !== undefined) return observed;
  return {
    clusterArn: clusterArn(identity, clusterName),
    status: statusOf(progress),
    namespace: namespaceName,
    ...counts,
    ...observed,
  };
}

/** ECS's word for where a cluster stands. */
function statusOf(progress: Progress): string {
  if ("ready" in progress) return "ACTIVE";
  return "stalled" in progress ? "FAILED" : "PROVISIONING";
}

function progressOf(state: ClusterState): Progress {
  const { cluster, clusterName, namespaceName, namespace, elderByName, elderByNamespace } = state;
  if (elderByName !== undefined) {
    return conflict(`The ECSCluster ${elderByName} is the cluster ${clusterName} already.`);
  }
  if (elderByNamespace !== undefined) {
    return conflict(`The ECSCluster ${elderByNamespace} has the namespace ${namespaceName} already.`);
  }
  const stalled = configurationProblem(cluster);
  if (stalled !== undefined) return { stalled };
  if (namespace === undefined) {
    return { reconciling: { reason: "NamespaceMissing", message: `The namespace ${namespaceName} is being created.` } };
  }
  if (isLeaving(namespace, state)) {
    const message = `The namespace ${namespaceName} is being deleted; it is created again after that.`;
    return { reconciling: { reason: "NamespaceTerminating", message } };
  }
  return { ready: { reason: "Active", message: `The cluster's namespace is ${namespaceName}.` } };
}

function configurationProblem({ spec }: ECSCluster): { reason: string; message: string } | undefined {
  const unsupported = unsupportedClusterMembers(spec);
  if (unsupported.length > 0) return { reason: "Unsupported", message: describeUnsupported(unsupported) };
  const message = executeCommandProblem(spec.configuration);
  return message === undefined ? undefined : { reason: "InvalidConfiguration", message };
}

function conflict(what: string): Progress {
  return { stalled: { reason: "NameConflict", message: `${what} Rename or delete one of the two.` } };
}
