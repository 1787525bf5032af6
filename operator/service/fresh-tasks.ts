import { LABELS, labelValue } from "#lib/ecs/labels.ts";
import { type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import type { ServiceState } from "./state.ts";

/** The tasks of a service as the API server has them now. */
export async function freshTasks(
  { clusterName, serviceName, service }: ServiceState,
  { kube }: Pick<Deps, "kube">,
  signal: AbortSignal,
): Promise<ECSTask[]> {
  const labels = { [LABELS.cluster]: labelValue(clusterName), [LABELS.service]: labelValue(serviceName) };
  const labelSelector = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
  const { namespace = "" } = service.metadata;
  const { items } = await kube.list<ECSTask>(RESOURCES.ECSTask, { namespace, labelSelector, signal });
  return items;
}
