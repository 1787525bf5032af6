import { alarmNameOf } from "#lib/ecs/alarm.ts";
import { clusterNameOfResource, DEFAULT_CLUSTER, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { providerNameOf } from "#lib/ecs/node-pool.ts";
import { isToBeDrained } from "#lib/ecs/node-state.ts";
import { serviceOfTaskSet } from "#lib/ecs/describe/task-set.ts";
import { ANNOTATIONS, LABELS, labelValue } from "#lib/ecs/labels.ts";
import { rebalancesZones } from "#lib/ecs/zone-rebalancing.ts";
import type { Change } from "#lib/kube/informer.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { keyOf, type KubeObject, type ObjectRef, refOf } from "#lib/kube/resources.ts";
import type { ECSCluster, ECSService } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { Lately } from "../lately.ts";
import { placeOf } from "./zones.ts";

/**
 * Tasks change in swarms: what comes within this time is looked at together, longer the more tasks the services have in
 * which some change. A look takes some ten microseconds a task: so all looks together take about a hundredth of a core.
 */
const SWARM_MS = 100;
const MOST_SWARM_MS = 5_000;
const SWARM_FOR_EACH_TASK_MS = 1;

/** Wakes services when something changes that they depend on; their own status is nothing of that. */
export function wakeServices(
  { informers, now }: Pick<Deps, "informers" | "now">,
  enqueue: (key: string, afterMs?: number) => void,
): void {
  const { services } = informers;
  const swarming = new Lately(MOST_SWARM_MS);
  const wake = (found: readonly ECSService[]): void => {
    for (const service of found) enqueue(keyOf(refOf(service)));
  };
  const swarm = (ref: ObjectRef): void => {
    const time = now();
    const key = keyOf(ref);
    swarming.note(key, time, sizeOf(services.get(ref.namespace, ref.name)));
    enqueue(key, Math.min(MOST_SWARM_MS, Math.max(SWARM_MS, swarming.count(time) * SWARM_FOR_EACH_TASK_MS)));
  };
  const swarmAll = (found: readonly ECSService[]): void => {
    for (const service of found) swarm(refOf(service));
  };

  services.onChange((change) => {
    if (isWorthALook(change)) enqueue(change.key);
    const existence = change.before === undefined || change.after === undefined;
    const service = change.after ?? change.before;
    if (existence && service) wake(services.byIndex(INDEX.serviceName, serviceNameOf(service)));
  });
  const ofOwner = ({ before, after }: Change<KubeObject>): void => {
    const owner = controllerOf(after ?? before ?? {});
    if (owner?.kind !== "ECSService") return;
    swarm({ namespace: namespaceOf(after ?? before), name: owner.name });
  };
  informers.deployments.onChange(ofOwner);
  informers.daemonSets.onChange(ofOwner);
  const ofObject = ({ before, after }: Change<KubeObject>): void => {
    const name = (after ?? before)?.metadata?.labels?.[LABELS.serviceObject];
    if (name) swarmAll(services.byIndex(INDEX.serviceObject, `${namespaceOf(after ?? before)}/${name}`));
  };
  informers.replicaSets.onChange(ofObject);
  informers.pods.onChange(ofObject);
  informers.serviceDeployments.onChange(({ before, after }) => {
    const owner = controllerOf(after ?? before ?? {});
    // Its own status is nothing to look at; that it is to stop is.
    if (owner === undefined || before?.metadata.generation === after?.metadata.generation) return;
    swarm({ namespace: namespaceOf(after ?? before), name: owner.name });
  });
  informers.taskSets.onChange(({ before, after }) => {
    const taskSet = after ?? before;
    if (taskSet === undefined) return;
    const service = labelValue(serviceOfTaskSet(taskSet));
    swarmAll(services.byIndex(INDEX.service, `${namespaceOf(taskSet)}/${service}`));
  });
  informers.alarms.onChange(({ before, after }) => {
    const alarm = after ?? before;
    if (alarm) wake(services.byIndex(INDEX.alarm, alarmNameOf(alarm)));
  });
  informers.tasks.onChange(({ before, after }) => {
    const label = (after ?? before)?.metadata.labels?.[LABELS.service];
    const namespace = namespaceOf(after ?? before);
    if (label) swarmAll(services.byIndex(INDEX.service, `${namespace}/${label}`));
  });
  informers.taskDefinitions.onChange(({ before, after }) => {
    const family = (after ?? before)?.spec.family;
    if (family) wake(services.byIndex(INDEX.family, family));
  });
  informers.capacityProviders.onChange(({ before, after }) => {
    const provider = after ?? before;
    if (!provider || (before && after && before.metadata.generation === after.metadata.generation)) return;
    const name = providerNameOf(provider);
    wake(services.list().filter(({ spec }) => uses(spec, name)));
  });
  informers.nodes.onChange(({ before, after }) => {
    if (placeOf(before) !== placeOf(after)) swarmAll(services.list().filter(({ spec }) => rebalancesZones(spec)));
    if (after === undefined || (before && isToBeDrained(before)) === isToBeDrained(after)) return;
    for (const pod of informers.pods.byIndex(INDEX.node, after.metadata?.name ?? "")) {
      ofObject({ key: "", before: pod, after: pod });
    }
  });
  informers.clusters.onChange(({ before, after }) => {
    if (before && after && before.metadata.deletionTimestamp === after.metadata.deletionTimestamp) return;
    const cluster = after ?? before;
    if (cluster) wake(servicesOfCluster(cluster, informers));
  });
}

/** Whether a service or task set runs its tasks on the nodes of that capacity provider. */
export function uses(
  { capacityProviderStrategy = [], launchType }: Pick<ECSService["spec"], "capacityProviderStrategy" | "launchType">,
  name: string,
): boolean {
  return launchType === name || capacityProviderStrategy.some(({ capacityProvider }) => capacityProvider === name);
}

/** How many tasks a service has or is to have. */
function sizeOf(service: ECSService | undefined): number {
  const { runningCount = 0, pendingCount = 0 } = service?.status ?? {};
  return Math.max(1, service?.spec.desiredCount ?? 0, runningCount + pendingCount);
}

/** Services that belong to a cluster, or would if it did not exist. */
function servicesOfCluster(cluster: ECSCluster, { services }: Deps["informers"]): ECSService[] {
  const name = clusterNameOfResource(cluster);
  return [
    ...services.byIndex(INDEX.cluster, name),
    ...services.byIndex(INDEX.cluster, `in:${namespaceOfResource(cluster)}`),
    ...(name === DEFAULT_CLUSTER ? services.byIndex(INDEX.cluster, "implicit") : []),
  ];
}

function namespaceOf(object: KubeObject | undefined): string {
  return object?.metadata?.namespace ?? "";
}

/** The spec, a deletion, a finalizer, a forced deployment, a stage that was written down and is to be acted on. */
function isWorthALook({ before, after }: Change<ECSService>): boolean {
  if (before === undefined || after === undefined) return true;
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.metadata.finalizers?.join() !== after.metadata.finalizers?.join() ||
    JSON.stringify(before.status?.rollout?.lifecycle) !== JSON.stringify(after.status?.rollout?.lifecycle) ||
    before.metadata.annotations?.[ANNOTATIONS.forcedDeployment] !==
      after.metadata.annotations?.[ANNOTATIONS.forcedDeployment]
  );
}
