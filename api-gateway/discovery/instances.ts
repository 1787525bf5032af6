import { parseTaskDefinition, parseArn } from "#lib/ecs/arns.ts";
import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { registryServiceName, trafficLabel } from "#lib/ecs/traffic/names.ts";
import { EcsError } from "#lib/errors.ts";
import { type Pod, RESOURCE, type Service } from "#lib/kube/resources.ts";
import type { HttpInstanceSummary } from "#model/generated/servicediscovery/types.generated.ts";
import type { ECSDiscoveryService } from "#model/generated/servicediscovery/resources.generated.ts";
import type { DiscoveryDeps } from "./operation.ts";
import { requireNamespace } from "./resources.ts";

/** A task that is registered with a Cloud Map service. */
export type Instance = HttpInstanceSummary & { readonly HealthStatus: "HEALTHY" | "UNHEALTHY" };

/** The tasks behind `<service>.<namespace>`: those that run, healthy while their Pods are ready. */
export async function instancesOf(
  { kube, identity }: DiscoveryDeps,
  { service, namespace }: { service: string; namespace: string },
  signal: AbortSignal,
): Promise<Instance[]> {
  const name = registryServiceName(`${service}.${namespace}`.toLowerCase());
  const selector = { labelSelector: `${trafficLabel(name)}=true`, signal };
  const { items } = await kube.list<Pod>(RESOURCE.pods, selector);
  const ports = items.length === 0 ? new Map<string, number>() : await portsOf(kube, items, name, signal);
  const known = { NamespaceName: namespace, ServiceName: service };
  return items.filter(isRegistered).map((pod) => ({
    ...known,
    ...instanceOf(pod, ports.get(pod.metadata?.namespace ?? ""), identity.region),
  }));
}

function instanceOf(pod: Pod, port: number | undefined, region: string): Instance {
  const { uid = "", labels } = pod.metadata ?? {};
  const health = isReady(pod) ? "HEALTHY" : "UNHEALTHY";
  return {
    InstanceId: labels?.[LABELS.task] ?? taskIdOfPod(uid),
    HealthStatus: health,
    Attributes: {
      AWS_INSTANCE_IPV4: pod.status?.podIP ?? "",
      ...(port !== undefined && { AWS_INSTANCE_PORT: String(port) }),
      AWS_INIT_HEALTH_STATUS: health,
      ...ecsAttributes(pod.metadata?.annotations ?? {}),
      REGION: region,
    },
  };
}

function ecsAttributes(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const [cluster = "", service = ""] = parseArn(annotations[ANNOTATIONS.serviceArn] ?? "")?.path ?? [];
  const { family = "" } = parseTaskDefinition(annotations[ANNOTATIONS.taskDefinitionArn] ?? "") ?? {};
  return { ECS_CLUSTER_NAME: cluster, ECS_SERVICE_NAME: service, ECS_TASK_DEFINITION_FAMILY: family };
}

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;

/** How many tasks are registered with a service; none where its namespace was deleted with kubectl. */
export async function instanceCount(
  { spec }: ECSDiscoveryService,
  deps: DiscoveryDeps,
  signal: AbortSignal,
): Promise<number> {
  try {
    const namespace = await requireNamespace(deps, spec.namespace, signal);
    return (await instancesOf(deps, { service: spec.name, namespace: namespace.spec.name }, signal)).length;
  } catch (error) {
    if (error instanceof EcsError && error.code === "NamespaceNotFound") return 0;
    throw error;
  }
}

/** Port of the SRV records, by Kubernetes namespace. */
async function portsOf(
  kube: DiscoveryDeps["kube"],
  pods: readonly Pod[],
  name: string,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const namespace of new Set(pods.map(({ metadata }) => metadata?.namespace ?? ""))) {
    const { items } = await kube.list<Service>(RESOURCE.services, {
      namespace,
      fieldSelector: `metadata.name=${name}`,
      signal,
    });
    const port = items[0]?.spec?.ports?.[0]?.port;
    if (port !== undefined) ports.set(namespace, port);
  }
  return ports;
}

function isRegistered({ metadata, status }: Pod): boolean {
  return metadata?.deletionTimestamp === undefined && status?.phase === "Running" && (status.podIP ?? "") !== "";
}
