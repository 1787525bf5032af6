import { API_VERSION } from "#lib/ecs/labels.ts";
import { isDnsName } from "#lib/ecs/traffic/names.ts";
import { EcsError } from "#lib/errors.ts";
import {
  DISCOVERY_RESOURCES,
  type ECSDiscoveryService,
  type ECSDiscoveryServiceSpec,
} from "#model/generated/servicediscovery/resources.generated.ts";
import type { CreateServiceRequest, DnsConfig } from "#model/generated/servicediscovery/types.generated.ts";
import { FIELD_MANAGER } from "../../field-manager.ts";
import { invalidInput } from "../errors.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { allServices, describeDiscoveryService, newId, requireNamespace } from "../resources.ts";
import { toSpecTags } from "../tags.ts";

/**
 * Makes a service with which ECS services register their tasks.
 * @see https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
 */
export const createService: DiscoveryHandler<"CreateService"> = async (input, deps, signal) => {
  const reference = input.NamespaceId ?? input.DnsConfig?.NamespaceId;
  if (reference === undefined) throw invalidInput("A service needs a NamespaceId.");
  refuseUnsupported(input);
  const namespace = await requireNamespace(deps, reference, signal);
  const id = namespace.metadata.name ?? "";
  if (namespace.spec.type !== "HTTP" && !isDnsName(`${input.Name}.${namespace.spec.name}`)) {
    throw invalidInput(`${input.Name}.${namespace.spec.name} is no DNS name.`);
  }
  const there = (await allServices(deps, signal)).find(
    ({ spec }) => spec.namespace === id && spec.name.toLowerCase() === input.Name.toLowerCase(),
  );
  if (there) return { Service: describeDiscoveryService(repeated(there, input), 0, deps.identity) };
  const wanted: ECSDiscoveryService = {
    apiVersion: API_VERSION,
    kind: "ECSDiscoveryService",
    metadata: { name: newId("srv") },
    spec: specOf(input, id),
  };
  const options = { fieldManager: FIELD_MANAGER, signal };
  const created = await deps.kube.create(DISCOVERY_RESOURCES.ECSDiscoveryService, wanted, options);
  return { Service: describeDiscoveryService(created, 0, deps.identity) };
};

function specOf(input: CreateServiceRequest, namespace: string): ECSDiscoveryServiceSpec {
  const { Name, Description, DnsConfig, HealthCheckCustomConfig, CreatorRequestId, Tags = [] } = input;
  return {
    name: Name,
    namespace,
    ...(Description !== undefined && { description: Description }),
    ...(DnsConfig && { dnsRecords: recordsOf(DnsConfig), routingPolicy: "MULTIVALUE" }),
    ...(HealthCheckCustomConfig && { failureThreshold: HealthCheckCustomConfig.FailureThreshold ?? 1 }),
    ...(CreatorRequestId !== undefined && { creatorRequestId: CreatorRequestId }),
    ...(Tags.length > 0 && { tags: toSpecTags(Tags) }),
  };
}

/** @throws EcsError `InvalidInput` for records that tasks cannot have. */
export function recordsOf({ DnsRecords }: Pick<DnsConfig, "DnsRecords">): { type: "A" | "SRV"; ttl: number }[] {
  return DnsRecords.map(({ Type, TTL }) => {
    if (Type !== "A" && Type !== "SRV") throw invalidInput(`KECS does not support records of type ${Type}.`);
    return { type: Type, ttl: TTL };
  });
}

function refuseUnsupported({ DnsConfig, HealthCheckConfig }: CreateServiceRequest): void {
  if (HealthCheckConfig) throw invalidInput("HealthCheckConfig is for public DNS namespaces, which are not supported.");
  if (DnsConfig?.RoutingPolicy === "WEIGHTED") {
    throw invalidInput("The routing policy WEIGHTED is not supported; use MULTIVALUE.");
  }
}

function repeated(there: ECSDiscoveryService, { Name, CreatorRequestId }: CreateServiceRequest): ECSDiscoveryService {
  if (CreatorRequestId !== undefined && there.spec.creatorRequestId === CreatorRequestId) return there;
  throw new EcsError("ServiceAlreadyExists", `Service with name ${Name} already exists.`, {
    members: { ServiceId: there.metadata.name, ...(CreatorRequestId !== undefined && { CreatorRequestId }) },
  });
}
