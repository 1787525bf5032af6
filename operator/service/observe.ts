import { clusterOf, clusterNameOfResource } from "#lib/ecs/cluster-of.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { isToBeDrained } from "#lib/ecs/node-state.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import { keyOf, refOf, type Pod } from "#lib/kube/resources.ts";
import { hasNodes, poolOf } from "../capacity-provider/pools.ts";
import { labelValue } from "#lib/ecs/labels.ts";
import { hasTaskSets } from "#lib/ecs/task-set.ts";
import type { ECSAlarm, ECSCluster, ECSService, ECSTask, ECSTaskSet } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX, serviceKey } from "../deps.ts";
import { isDaemon, withDaemonCount } from "./daemon.ts";
import { surroundingsOf } from "../pod/surroundings.ts";
import { asSeenByTasks } from "./as-seen-by-tasks.ts";
import { desiredTraffic } from "../traffic/desired.ts";
import { observeTraffic } from "../traffic/observe.ts";
import type { Traffic } from "../traffic/state.ts";
import { hookProblem } from "./call-hooks.ts";
import { serviceCapacity } from "./capacity.ts";
import { selectorOf } from "./names.ts";
import { serviceAt } from "./revision.ts";
import { resolveTaskDefinition } from "./resolve.ts";
import type { Resolution, ServiceState, ServiceTask } from "./state.ts";
import { serviceTasks } from "./tasks.ts";
import { zonesOf } from "./zones.ts";

type Caches = Pick<Deps, "informers" | "identity" | "now" | "config" | "features">;

/**
 * Everything about one service, from the caches' indexes: its cost is that service's size, not the cluster's.
 * @param fresh its tasks, where they were just read from the API server
 */
export function observeService(service: ECSService, deps: Caches, fresh?: readonly ECSTask[]): ServiceState {
  const { informers, identity } = deps;
  const { namespace = "" } = service.metadata;
  const serviceName = serviceNameOf(service);
  const clusterName = clusterNameOfObject(service, deps);
  const elder = elderOf(service, serviceName, clusterName, deps);
  const { deployment, daemonSet } = workloadOf(service, deps);
  const resolution = resolveTaskDefinition(
    {
      reference: service.spec.taskDefinition,
      inUse: service.status?.rollout?.taskDefinition ?? service.status?.taskDefinition,
    },
    (family) => informers.taskDefinitions.byIndex(INDEX.family, family),
    identity,
  );
  const capacity = serviceCapacity(service, deps);
  const tasks = fresh ?? informers.tasks.byIndex(INDEX.service, serviceKey(namespace, clusterName, serviceName));
  const pods = podsOf(service, deps);
  const traffic = ownTraffic(service, resolution, deps);
  return {
    service: withDaemonCount(service, daemonSet),
    serviceName,
    clusterName,
    clusterExists: informers.clusters.byIndex(INDEX.clusterName, clusterName).some((each) => !isDeleting(each)),
    taskDefinition: resolution,
    replicaSets: deployment ? informers.replicaSets.byIndex(INDEX.owner, deployment.metadata?.uid ?? "") : [],
    tasks: withoutNodes(
      serviceTasks(
        // A record that outlives its Pod is kept under its service's name, which an earlier service may have had.
        tasks.filter((task) => (task.metadata.creationTimestamp ?? "") >= (service.metadata.creationTimestamp ?? "")),
        pods,
        deps.now(),
      ),
      service,
      deps,
    ),
    ...recordsOf(service, deps),
    ...(hasTaskSets(service.spec) && { taskSets: taskSetsOf(service, deps) }),
    alarms: alarmsOf(service, deps),
    surroundings: surroundingsOf(deps.config, deps.features),
    capacity,
    zones: zonesOf({ service, resolution, pool: capacity.pool, pods }, deps),
    draining: drainingTasks(service, pods, deps),
    ...(traffic !== undefined && { traffic }),
    hookProblem: hookProblem(service, deps),
    ...(deployment !== undefined && { deployment }),
    ...(daemonSet !== undefined && { daemonSet }),
    ...(elder !== undefined && { elder: keyOf(refOf(elder)) }),
  };
}

/** Tasks that wait for a node say so in ECS's words where their capacity provider has none at all. */
function withoutNodes(
  tasks: readonly ServiceTask[],
  service: ECSService,
  deps: Pick<Deps, "informers">,
): readonly ServiceTask[] {
  const strategy = service.spec.capacityProviderStrategy ?? [];
  if (strategy.length === 0 || tasks.every(({ unplaceable }) => unplaceable === undefined)) return tasks;
  const empty = new Set(
    strategy
      .map(({ capacityProvider }) => poolOf(capacityProvider, deps))
      .flatMap((pool) => (pool !== undefined && !hasNodes(pool, deps) ? [pool.name] : [])),
  );
  return tasks.map((task) =>
    task.unplaceable !== undefined && task.capacityProvider !== undefined && empty.has(task.capacityProvider)
      ? { ...task, unplaceable: "No Container Instances were found in your capacity provider." }
      : task,
  );
}

/** A daemon's task stays on a node that is drained: Kubernetes would start it there again. */
function drainingTasks(service: ECSService, pods: readonly Pod[], deps: Pick<Deps, "informers">): ReadonlySet<string> {
  if (isDaemon(service)) return new Set();
  const { nodes } = deps.informers;
  const leaving = pods.filter(({ spec }) => {
    const node = spec?.nodeName === undefined ? undefined : nodes.get(undefined, spec.nodeName);
    return node !== undefined && isToBeDrained(node);
  });
  return new Set(leaving.map(({ metadata }) => taskIdOfPod(metadata?.uid ?? "")));
}

/** How a service's tasks are to get traffic; undefined where its task definition is not known. */
function trafficOf(service: ECSService, resolution: Resolution, deps: Caches): Traffic | undefined {
  if (!("found" in resolution)) return undefined;
  const { deployment } = workloadOf(service, deps);
  const subject = { service, found: resolution.found, deployment, pods: podsOf(service, deps) };
  return desiredTraffic(observeTraffic({ ...subject, clusterNameOf: ofObject(deps) }, deps));
}

/** With task sets traffic is a matter of each of these, and of who looks at them together. */
function ownTraffic(service: ECSService, resolution: Resolution, deps: Caches): Traffic | undefined {
  return hasTaskSets(service.spec) ? undefined : trafficOf(service, resolution, deps);
}

/** How the tasks of one of a service's task sets are to get traffic. */
export function trafficOfTaskSet(service: ECSService, taskSet: ECSTaskSet, deps: Caches): Traffic | undefined {
  return trafficOf(asSeenByTasks(service, taskSet), resolveForTaskSet(taskSet, deps), deps);
}

/** The task definition of a task set: a family alone means what was its latest revision when the task set began. */
export function resolveForTaskSet(
  { spec, status }: ECSTaskSet,
  { informers, identity }: Pick<Caches, "informers" | "identity">,
): Resolution {
  const inUse = status?.taskDefinition;
  return resolveTaskDefinition(
    { reference: inUse ?? spec.taskDefinition, inUse },
    (family) => informers.taskDefinitions.byIndex(INDEX.family, family),
    identity,
  );
}

/** What tells the cluster of a service. */
export const ofObject =
  (deps: Pick<Deps, "informers">) =>
  (service: ECSService): string =>
    clusterNameOfObject(service, deps);

/** The Deployment or DaemonSet that was made of a service. */
function workloadOf(
  service: ECSService,
  { informers }: Pick<Deps, "informers">,
): Pick<ServiceState, "deployment" | "daemonSet"> {
  const { namespace = "", name = "" } = service.metadata;
  const deployment = informers.deployments.get(namespace, name);
  const daemonSet = informers.daemonSets.get(namespace, name);
  return {
    ...(deployment && isControlledBy(deployment, service) && { deployment }),
    ...(daemonSet && isControlledBy(daemonSet, service) && { daemonSet }),
  };
}

function alarmsOf({ spec }: ECSService, { informers }: Pick<Deps, "informers">): ECSAlarm[] {
  const { alarmNames = [] } = spec.deploymentConfiguration?.alarms ?? {};
  return [...new Set(alarmNames)].flatMap((name) => informers.alarms.byIndex(INDEX.alarm, name));
}

/** The service deployments and revisions that are kept of a service, and the revision that was last completed. */
function recordsOf(
  service: ECSService,
  deps: Caches,
): Pick<ServiceState, "serviceDeployments" | "serviceRevisions" | "completed"> {
  const { informers, identity } = deps;
  const { uid = "" } = service.metadata;
  const serviceDeployments = informers.serviceDeployments.byIndex(INDEX.owner, uid);
  const serviceRevisions = informers.serviceRevisions.byIndex(INDEX.owner, uid);
  const revision = serviceRevisions.find(({ spec }) => spec.id === service.status?.lastCompleted?.revision);
  if (revision === undefined) return { serviceDeployments, serviceRevisions };
  const reference = revision.spec.taskDefinition;
  const taskDefinition = resolveTaskDefinition(
    { reference, inUse: reference },
    (family) => informers.taskDefinitions.byIndex(INDEX.family, family),
    identity,
  );
  const then = serviceAt(service, revision);
  const traffic = trafficOf(then, taskDefinition, deps);
  const completed = { revision, taskDefinition, capacity: serviceCapacity(then, deps), ...(traffic && { traffic }) };
  return { serviceDeployments, serviceRevisions, completed };
}

/** The task sets that a service owns, oldest first. */
export function taskSetsOf(service: ECSService, { informers }: Pick<Deps, "informers">): ECSTaskSet[] {
  const { namespace = "" } = service.metadata;
  return informers.taskSets
    .byIndex(INDEX.service, `${namespace}/${labelValue(serviceNameOf(service))}`)
    .filter((each) => isControlledBy(each, service))
    .sort((a, b) => byAge(a).localeCompare(byAge(b)));
}

/** The Pods that a service's selector selects. */
export function podsOf(service: ECSService, { informers }: Pick<Deps, "informers">): Pod[] {
  const { namespace = "" } = service.metadata;
  const [key = ""] = Object.values(selectorOf(service)).slice(-1);
  return informers.pods.byIndex(INDEX.serviceObject, `${namespace}/${key}`);
}

/** ECS name of the cluster of a service or task, by its spec and the clusters that there are. */
export function clusterNameOfObject(object: ECSService | ECSTask, { informers }: Pick<Deps, "informers">): string {
  return clusterOf(object, (namespace) => {
    const owner = oldest(informers.clusters.byIndex(INDEX.namespace, namespace));
    return owner && clusterNameOfResource(owner);
  });
}

function elderOf(
  service: ECSService,
  serviceName: string,
  clusterName: string,
  deps: Pick<Deps, "informers">,
): ECSService | undefined {
  const namesakes = deps.informers.services
    .byIndex(INDEX.serviceName, serviceName)
    .filter((other) => other.metadata.uid === service.metadata.uid || clusterNameOfObject(other, deps) === clusterName);
  const elder = oldest(namesakes);
  return elder === undefined || elder.metadata.uid === service.metadata.uid ? undefined : elder;
}

function oldest<T extends ECSCluster | ECSService>(resources: readonly T[]): T | undefined {
  return [...resources].sort((a, b) => age(a).localeCompare(age(b)))[0];
}

const byAge = ({ metadata }: ECSTaskSet): string => `${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;

function age({ metadata }: ECSCluster | ECSService): string {
  return `${metadata.creationTimestamp ?? "9"} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}
