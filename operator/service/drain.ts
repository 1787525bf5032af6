import { SERVICE_FINALIZER } from "#lib/ecs/labels.ts";
import { hasTaskSets } from "#lib/ecs/task-set.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { isDeleting, removeFinalizer } from "#lib/kube/finalizers.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import { type KubeObject, RESOURCE, refOf, type ResourceType } from "#lib/kube/resources.ts";
import type { ECSService, ECSTaskSet } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import { isDaemon } from "./daemon.ts";
import { podsOf } from "./observe.ts";
import { removeReleased } from "./release.ts";

/** Ends a deleted service's Deployment or DaemonSet, then waits for its Pods; afterwards the name is free. */
export async function drainService(service: ECSService, deps: Deps, signal: AbortSignal): Promise<"draining" | "gone"> {
  if (await removeTaskSets(service, deps, signal)) return "draining";
  const resource = isDaemon(service) ? RESOURCE.daemonsets : RESOURCE.deployments;
  const workload = await ownWorkload(service, resource, deps, signal);
  if (workload && !isDeleting(workload)) {
    const { uid } = workload.metadata ?? {};
    await deps.kube.delete(resource, refOf(workload), {
      // It stays until its Pods are gone, so that nobody makes them anew.
      propagationPolicy: "Foreground",
      ...(uid !== undefined && { uid }),
      signal,
    });
  }
  const pods = podsOf(service, deps);
  if (workload === undefined) await removeReleased(pods, deps, signal);
  if (workload || pods.length > 0) return "draining";
  await removeFinalizer(deps.kube, RESOURCES.ECSService, service, SERVICE_FINALIZER, { signal });
  return "gone";
}

/** @returns whether there are still any */
async function removeTaskSets(service: ECSService, deps: Deps, signal: AbortSignal): Promise<boolean> {
  if (!hasTaskSets(service.spec)) return false;
  const { namespace = "" } = service.metadata;
  const { items } = await deps.kube.list<ECSTaskSet>(RESOURCES.ECSTaskSet, { namespace, signal });
  const own = items.filter((each) => isControlledBy(each, service));
  for (const taskSet of own.filter((each) => !isDeleting(each))) {
    const { uid } = taskSet.metadata;
    const options = { propagationPolicy: "Foreground" as const, ...(uid !== undefined && { uid }), signal };
    await deps.kube.delete(RESOURCES.ECSTaskSet, refOf(taskSet), options);
  }
  return own.length > 0;
}

/** The API server is asked, too, before the answer is that there is none: the cache may lag behind its making. */
async function ownWorkload(
  service: ECSService,
  resource: ResourceType,
  { informers, kube }: Deps,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const ref = refOf(service);
  const cached = (isDaemon(service) ? informers.daemonSets : informers.deployments).get(ref.namespace, ref.name);
  try {
    const found = cached ?? (await kube.get<KubeObject>(resource, ref, { signal }));
    return isControlledBy(found, service) ? found : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
