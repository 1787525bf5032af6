import { containerInstanceArn } from "#lib/ecs/arns.ts";
import { describeContainerInstance } from "#lib/ecs/describe/container-instance.ts";
import { providerOfNode } from "#lib/ecs/node-pool.ts";
import { type ECSCapacityProvider, RESOURCES } from "#model/generated/resources.generated.ts";
import type { ContainerInstance, Failure } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { findNode, instanceArn, listNodes } from "../container-instances/container-instances.ts";
import { shortNameOf } from "../common/references.ts";
import { tasksOnNodes } from "../container-instances/tasks-on-nodes.ts";
import type { Handler } from "../operation.ts";

/**
 * Describes up to 100 container instances, which are nodes: given by ARN, id or the node's name. What remains of a
 * node's resources is counted from the cluster's own tasks.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeContainerInstances.html
 */
export const describeContainerInstances: Handler<"DescribeContainerInstances"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const references = [...new Set(input.containerInstances)].map((each) =>
    shortNameOf("container-instance", each, cluster),
  );
  const nodes = await listNodes(deps, call);
  const { items: providers } = await deps.kube.list<ECSCapacityProvider>(RESOURCES.ECSCapacityProvider, {
    signal: call.signal,
  });
  const { byInstance } = await tasksOnNodes(cluster, deps);
  const containerInstances: ContainerInstance[] = [];
  const failures: Failure[] = [];
  for (const reference of references) {
    const node = findNode(nodes, reference);
    if (node === undefined) {
      failures.push({ arn: containerInstanceArn(deps.identity, cluster, reference), reason: "MISSING" });
      continue;
    }
    const tasks = byInstance.get(instanceArn(node, deps, cluster)) ?? [];
    const { healthStatus, tags = [], ...instance } = describeContainerInstance(node, tasks, deps.identity, cluster);
    const withHealth = input.include?.includes("CONTAINER_INSTANCE_HEALTH") === true && healthStatus !== undefined;
    const provider = providerOfNode(node, providers);
    containerInstances.push({
      ...instance,
      tags: input.include?.includes("TAGS") === true ? tags : [],
      ...(provider !== undefined && { capacityProviderName: provider }),
      ...(withHealth && { healthStatus }),
    });
  }
  return { containerInstances, failures };
};
