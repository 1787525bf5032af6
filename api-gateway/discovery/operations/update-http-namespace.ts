import { describeAnew } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateHttpNamespace.html */
export const updateHttpNamespace: DiscoveryHandler<"UpdateHttpNamespace"> = ({ Id, Namespace }, deps, signal) =>
  describeAnew(Id, Namespace.Description, deps, signal);
