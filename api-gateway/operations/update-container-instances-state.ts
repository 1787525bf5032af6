import { containerInstanceArn } from "#lib/ecs/arns.ts";
import { describeContainerInstance } from "#lib/ecs/describe/container-instance.ts";
import { DRAIN_ANNOTATION, isDeregistered } from "#lib/ecs/node-state.ts";
import { invalidParameter } from "#lib/errors.ts";
import type { ContainerInstance, Failure } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { shortNameOf } from "../common/references.ts";
import { changeNode } from "../container-instances/change-node.ts";
import { findNode, instanceArn, listNodes } from "../container-instances/container-instances.ts";
import { tasksOnNodes } from "../container-instances/tasks-on-nodes.ts";
import type { Handler } from "../operation.ts";

/** What the states are on a node: the scheduler keeps Pods away from it, the operator has services' tasks leave it. */
const PATCHES = {
  DRAINING: { spec: { unschedulable: true }, metadata: { annotations: { [DRAIN_ANNOTATION]: "true" } } },
  ACTIVE: { spec: { unschedulable: null }, metadata: { annotations: { [DRAIN_ANNOTATION]: null } } },
} as const;

/**
 * Drains up to 10 container instances, or has them take tasks again. Tasks of services are replaced elsewhere within the
 * limits of their deployment configuration, other tasks go on.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateContainerInstancesState.html
 */
export const updateContainerInstancesState: Handler<"UpdateContainerInstancesState"> = async (input, deps, call) => {
  const { status } = input;
  if (status !== "ACTIVE" && status !== "DRAINING") {
    throw invalidParameter(`Invalid status: ${status}. Valid values are: ACTIVE, DRAINING.`);
  }
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const nodes = await listNodes(deps, call);
  const { byInstance } = await tasksOnNodes(cluster, deps);
  const references = input.containerInstances.map((each) => shortNameOf("container-instance", each, cluster));
  const containerInstances: ContainerInstance[] = [];
  const failures: Failure[] = [];
  for (const reference of new Set(references)) {
    const node = findNode(nodes, reference);
    const arn = node ? instanceArn(node, deps, cluster) : containerInstanceArn(deps.identity, cluster, reference);
    if (node === undefined || isDeregistered(node)) {
      failures.push({ arn, reason: node === undefined ? "MISSING" : "INACTIVE" });
      continue;
    }
    const changed = await changeNode(node.metadata?.name ?? "", () => PATCHES[status], deps, call);
    const tasks = byInstance.get(arn) ?? [];
    const {
      healthStatus: _health,
      tags: _tags,
      ...instance
    } = describeContainerInstance(changed, tasks, deps.identity, cluster);
    containerInstances.push({ ...instance, tags: [] });
  }
  return { containerInstances, failures };
};
