import { createByCall } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html */
export const createHttpNamespace: DiscoveryHandler<"CreateHttpNamespace"> = (input, deps, signal) =>
  createByCall("HTTP", input, deps, signal);
