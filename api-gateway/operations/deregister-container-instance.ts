import { describeContainerInstance } from "#lib/ecs/describe/container-instance.ts";
import { DEREGISTERED_TAINT } from "#lib/ecs/node-state.ts";
import { invalidParameter } from "#lib/errors.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { changeNode } from "../container-instances/change-node.ts";
import { instanceArn } from "../container-instances/container-instances.ts";
import { requireInstance } from "../container-instances/require-instance.ts";
import { tasksOnNodes } from "../container-instances/tasks-on-nodes.ts";
import type { Handler } from "../operation.ts";

/**
 * Takes a node out of ECS by a taint, which keeps tasks away until someone removes it. Tasks that are there go on, which
 * has to be asked for by force.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterContainerInstance.html
 */
export const deregisterContainerInstance: Handler<"DeregisterContainerInstance"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const node = await requireInstance(input.containerInstance, cluster, deps, call);
  const { byInstance } = await tasksOnNodes(cluster, deps);
  const tasks = byInstance.get(instanceArn(node, deps, cluster)) ?? [];
  if (tasks.length > 0 && input.force !== true) throw invalidParameter("Found running tasks on the instance.");
  const taint = { key: DEREGISTERED_TAINT, effect: "NoSchedule" };
  const tainted = await changeNode(
    node.metadata?.name ?? "",
    ({ spec }) => ({ spec: { taints: [...(spec?.taints ?? []).filter(({ key }) => key !== taint.key), taint] } }),
    deps,
    call,
  );
  const {
    healthStatus: _health,
    tags: _tags,
    ...instance
  } = describeContainerInstance(tainted, tasks, deps.identity, cluster);
  return { containerInstance: { ...instance, agentConnected: false, tags: [] } };
};
