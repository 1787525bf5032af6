import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { ifThere, requireProvider } from "../capacity-providers/capacity-provider.ts";
import { until } from "../common/until.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";

/**
 * Deletes a capacity provider that no cluster has any more; it stays readable as INACTIVE. In vain where a cluster has
 * it: then it stays ACTIVE, with the update status DELETE_FAILED and the reason.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCapacityProvider.html
 */
export const deleteCapacityProvider: Handler<"DeleteCapacityProvider"> = async (input, deps, call) => {
  const { doc, ref } = await requireProvider(deps, input.capacityProvider, input.cluster);
  const { name = "" } = doc;
  const [cluster] = await deps.queries.clustersOfCapacityProvider(name);
  if (cluster !== undefined) {
    const reason = `The capacity provider cannot be deleted because it is associated with cluster: ${cluster}. Remove the capacity provider from the cluster and try again.`;
    const patch = { annotations: { [ANNOTATIONS.deletionFailed]: reason } };
    await ifThere(patchObject(deps, RESOURCES.ECSCapacityProvider, { name: ref.name, uid: ref.uid }, patch, call));
    return { capacityProvider: { ...doc, updateStatus: "DELETE_FAILED", updateStatusReason: reason } };
  }
  const { signal } = call;
  await ifThere(deps.kube.delete(RESOURCES.ECSCapacityProvider, { name: ref.name }, { uid: ref.uid, signal }));
  // A deletion has no resourceVersion to wait for, so the next read's view is awaited here.
  const gone = async (): Promise<boolean> => (await deps.queries.capacityProviders([name]))[0]?.ref.deleted !== false;
  await until(gone, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal });
  const { updateStatusReason: _reason, ...deleted } = doc;
  return { capacityProvider: { ...deleted, updateStatus: "DELETE_IN_PROGRESS" } };
};
