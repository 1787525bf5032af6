import { EcsError } from "#lib/errors.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { requireInstance } from "../container-instances/require-instance.ts";
import type { Handler } from "../operation.ts";

/**
 * There is never an update: the agent of a node is its kubelet, which whoever runs the nodes updates.
 * @throws EcsError `NoUpdateAvailableException`
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateContainerAgent.html
 */
export const updateContainerAgent: Handler<"UpdateContainerAgent"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  await requireInstance(input.containerInstance, cluster, deps, call);
  const message = "There is no update available for your container agent: it is the node's kubelet.";
  throw new EcsError("NoUpdateAvailableException", message);
};
