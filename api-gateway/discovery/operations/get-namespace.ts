import { servicesIn } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { allServices, describeNamespace, requireNamespace } from "../resources.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_GetNamespace.html */
export const getNamespace: DiscoveryHandler<"GetNamespace"> = async ({ Id }, deps, signal) => {
  const found = await requireNamespace(deps, Id, signal);
  const services = servicesIn(await allServices(deps, signal), found.metadata.name);
  return { Namespace: describeNamespace(found, services, deps.identity) };
};
