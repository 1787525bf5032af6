import { EcsError } from "#lib/errors.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import { instanceCount } from "../instances.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { requireDiscoveryService } from "../resources.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html */
export const deleteService: DiscoveryHandler<"DeleteService"> = async ({ Id }, deps, signal) => {
  const found = await requireDiscoveryService(deps, Id, signal);
  const { name = "", uid } = found.metadata;
  if ((await instanceCount(found, deps, signal)) > 0) {
    throw new EcsError("ResourceInUse", `Service ${name} still has registered instances and cannot be deleted.`);
  }
  const resource = DISCOVERY_RESOURCES.ECSDiscoveryService;
  await deps.kube.delete(resource, { name }, { ...(uid !== undefined && { uid }), signal });
  return {};
};
