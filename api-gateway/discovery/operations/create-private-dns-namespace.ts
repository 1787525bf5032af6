import { isDnsName } from "#lib/ecs/traffic/names.ts";
import { invalidInput } from "../errors.ts";
import { createByCall } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";

/**
 * The VPC says in which network the names resolve; here it is the cluster.
 * @see https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
 */
export const createPrivateDnsNamespace: DiscoveryHandler<"CreatePrivateDnsNamespace"> = async (input, deps, signal) => {
  if (!isDnsName(input.Name)) throw invalidInput(`${input.Name} is no name of a DNS zone.`);
  if (input.Properties) throw invalidInput("KECS does not support Properties of namespaces.");
  return createByCall("DNS_PRIVATE", input, deps, signal);
};
