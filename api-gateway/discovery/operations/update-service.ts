import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import { FIELD_MANAGER } from "../../field-manager.ts";
import { invalidInput } from "../errors.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { requireDiscoveryService } from "../resources.ts";
import { recordsOf } from "./create-service.ts";
import { operationId } from "./get-operation.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_UpdateService.html */
export const updateService: DiscoveryHandler<"UpdateService"> = async ({ Id, Service }, deps, signal) => {
  const { metadata } = await requireDiscoveryService(deps, Id, signal);
  const { Description, DnsConfig, HealthCheckConfig } = Service;
  if (HealthCheckConfig) throw invalidInput("HealthCheckConfig is for public DNS namespaces, which are not supported.");
  const spec = {
    description: Description ?? null,
    ...(DnsConfig && { dnsRecords: recordsOf(DnsConfig) }),
  };
  const body = { metadata: { uid: metadata.uid }, spec };
  const options = { fieldManager: FIELD_MANAGER, signal };
  await deps.kube.mergePatch(DISCOVERY_RESOURCES.ECSDiscoveryService, { name: metadata.name ?? "" }, body, options);
  return { OperationId: operationId("u", metadata.name ?? "") };
};
