import { requireCluster } from "../clusters/cluster.ts";
import { listRegistered } from "../container-instances/container-instances.ts";
import { changesOf, labelNodes } from "../container-instances/instance-attributes.ts";
import type { Handler } from "../operation.ts";

/**
 * Removes custom attributes of container instances.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteAttributes.html
 */
export const deleteAttributes: Handler<"DeleteAttributes"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const changes = changesOf(input.attributes, await listRegistered(deps, call), cluster);
  return { attributes: await labelNodes(changes, () => null, { deps, call, cluster }) };
};
