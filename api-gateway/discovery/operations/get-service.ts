import { instanceCount } from "../instances.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { describeDiscoveryService, requireDiscoveryService } from "../resources.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_GetService.html */
export const getService: DiscoveryHandler<"GetService"> = async ({ Id }, deps, signal) => {
  const found = await requireDiscoveryService(deps, Id, signal);
  return { Service: describeDiscoveryService(found, await instanceCount(found, deps, signal), deps.identity) };
};
