import { requireCluster } from "../clusters/cluster.ts";
import { listRegistered } from "../container-instances/container-instances.ts";
import { changesOf, labelNodes } from "../container-instances/instance-attributes.ts";
import type { Handler } from "../operation.ts";

/**
 * Sets custom attributes of container instances: labels of the nodes, below a prefix of KECS's own.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html
 */
export const putAttributes: Handler<"PutAttributes"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const changes = changesOf(input.attributes, await listRegistered(deps, call), cluster);
  return { attributes: await labelNodes(changes, ({ value = "" }) => value, { deps, call, cluster }) };
};
