import { namespaceNotFound, serviceNotFound } from "../errors.ts";
import { type Instance, instancesOf } from "../instances.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { allNamespaces, allServices } from "../resources.ts";

const MAX_RESULTS = 100;

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_DiscoverInstances.html */
export const discoverInstances: DiscoveryHandler<"DiscoverInstances"> = async (input, deps, signal) => {
  const { NamespaceName, ServiceName, HealthStatus = "HEALTHY_OR_ELSE_ALL", MaxResults = MAX_RESULTS } = input;
  const namespace = (await allNamespaces(deps, signal)).find(({ spec }) => spec.name === NamespaceName);
  if (namespace === undefined) throw namespaceNotFound(NamespaceName);
  const known = (await allServices(deps, signal)).some(
    ({ spec }) => spec.name === ServiceName && spec.namespace === namespace.metadata.name,
  );
  if (!known) throw serviceNotFound(ServiceName);
  const instances = (await instancesOf(deps, { service: ServiceName, namespace: NamespaceName }, signal)).filter(
    (instance) => has(instance, input.QueryParameters),
  );
  const preferred = instances.filter((instance) => has(instance, input.OptionalParameters));
  const chosen = preferred.length > 0 ? preferred : instances;
  return { Instances: ofHealth(chosen, HealthStatus).slice(0, MaxResults) };
};

function ofHealth(instances: readonly Instance[], wanted: string): Instance[] {
  const healthy = instances.filter(({ HealthStatus }) => HealthStatus === "HEALTHY");
  if (wanted === "ALL") return [...instances];
  if (wanted === "UNHEALTHY") return instances.filter(({ HealthStatus }) => HealthStatus === "UNHEALTHY");
  return wanted === "HEALTHY" || healthy.length > 0 ? healthy : [...instances];
}

function has({ Attributes = {} }: Instance, wanted: Record<string, string> = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => Attributes[name] === value);
}
