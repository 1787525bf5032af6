import { pageOf } from "../../logs/tokens.ts";
import { instancesOf } from "../instances.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { requireDiscoveryService, requireNamespace } from "../resources.ts";

const PAGE_SIZE = 100;

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_ListInstances.html */
export const listInstances: DiscoveryHandler<"ListInstances"> = async (input, deps, signal) => {
  const { spec } = await requireDiscoveryService(deps, input.ServiceId, signal);
  const namespace = await requireNamespace(deps, spec.namespace, signal);
  const instances = await instancesOf(deps, { service: spec.name, namespace: namespace.spec.name }, signal);
  const all = instances
    .map(({ InstanceId = "", Attributes = {} }) => ({ Id: InstanceId, Attributes }))
    .sort((a, b) => a.Id.localeCompare(b.Id));
  const { entries, nextToken } = pageOf(all, ({ Id }) => Id, input.MaxResults ?? PAGE_SIZE, input.NextToken);
  return { Instances: entries, ...(nextToken !== undefined && { NextToken: nextToken }) };
};
