import { discoveryId, isConnected } from "#lib/ecs/traffic/discovery.ts";
import { trafficProblems, type TrafficMembers } from "#lib/ecs/traffic/rules.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import type { Cluster, ServiceConnectConfiguration, TaskDefinition } from "#model/generated/types.generated.ts";
import { requireConnectNamespace } from "../clusters/connect-namespace.ts";
import type { Call, Deps } from "../operation.ts";

/**
 * Checks how a service is to get traffic: against its task definition, and that what it names is there.
 * @throws EcsError `InvalidParameterException` in ECS's wording, or `NamespaceNotFoundException`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export async function checkTraffic(
  members: TrafficMembers,
  definition: TaskDefinition,
  deps: Pick<Deps, "kube">,
  call: Pick<Call, "signal">,
): Promise<void> {
  const [problem] = trafficProblems(members, definition);
  if (problem !== undefined) throw invalidParameter(problem);
  for (const { registryArn = "" } of members.serviceRegistries ?? []) await requireRegistry(registryArn, deps, call);
  const { serviceConnectConfiguration } = members;
  if (!isConnected(serviceConnectConfiguration)) return;
  const { namespace } = serviceConnectConfiguration;
  if (namespace === undefined) {
    throw invalidParameter(
      "Service Connect needs a namespace: specify one in serviceConnectConfiguration, or a default for the cluster.",
    );
  }
  await requireConnectNamespace(namespace, deps, call);
}

/** The configuration with the namespace that the cluster has for those that name none, as ECS resolves it at the call. */
export function withDefaultNamespace(
  configuration: ServiceConnectConfiguration | undefined,
  cluster: Cluster,
): ServiceConnectConfiguration | undefined {
  const namespace = cluster.serviceConnectDefaults?.namespace;
  const lacksOne = isConnected(configuration) && configuration.namespace === undefined;
  return lacksOne && namespace !== undefined ? { ...configuration, namespace } : configuration;
}

async function requireRegistry(arn: string, { kube }: Pick<Deps, "kube">, { signal }: Pick<Call, "signal">) {
  const name = discoveryId("service", arn) ?? "";
  try {
    await kube.get(DISCOVERY_RESOURCES.ECSDiscoveryService, { name }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new EcsError("InvalidParameterException", `The service registry ${arn} was not found.`, { cause: error });
  }
}
