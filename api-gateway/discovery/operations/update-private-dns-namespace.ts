import { invalidInput } from "../errors.ts";
import { describeAnew } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdatePrivateDnsNamespace.html */
export const updatePrivateDnsNamespace: DiscoveryHandler<"UpdatePrivateDnsNamespace"> = async (
  { Id, Namespace },
  deps,
  signal,
) => {
  if (Namespace.Properties) throw invalidInput("KECS does not support Properties of namespaces.");
  return describeAnew(Id, Namespace.Description, deps, signal);
};
