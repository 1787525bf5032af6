import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { clusterOfTaskSet, serviceOfTaskSet } from "#lib/ecs/describe/task-set.ts";
import { LABELS, labelValue } from "#lib/ecs/labels.ts";
import { hasTaskSets, primaryTaskSet, taskSetDigits } from "#lib/ecs/task-set.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import type { Deployment, Pod } from "#lib/kube/resources.ts";
import type { ECSService, ECSTask, ECSTaskSet } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { asSeenByTasks } from "../service/as-seen-by-tasks.ts";
import { serviceCapacity } from "../service/capacity.ts";
import {
  clusterNameOfObject,
  observeService,
  podsOf,
  resolveForTaskSet,
  taskSetsOf,
  trafficOfTaskSet,
} from "../service/observe.ts";
import type { ServiceState } from "../service/state.ts";
import type { Orphan, TaskSetState } from "./state.ts";

type Caches = Pick<Deps, "informers" | "identity" | "now" | "config" | "features">;

/**
 * Everything about one task set, from the caches.
 * @param fresh its service's tasks, where they were just read from the API server
 */
export function observeTaskSet(taskSet: ECSTaskSet, deps: Caches, fresh?: readonly ECSTask[]): TaskSetState | Orphan {
  const service = serviceOf(taskSet, deps);
  const name = serviceOfTaskSet(taskSet);
  if (service === undefined) {
    const message = `There is no service ${name} in this namespace yet. The task set goes on as soon as there is one.`;
    return { taskSet, problem: { reason: "ServiceNotFound", message } };
  }
  if (!hasTaskSets(service.spec)) {
    const message = `The service ${name} has the deployment controller ECS, which has no task sets.`;
    return { taskSet, problem: { reason: "InvalidDeploymentController", message } };
  }
  const primary = primaryTaskSet(service, taskSetsOf(service, deps))?.metadata.uid === taskSet.metadata.uid;
  return { taskSet, service, primary, seen: seenBy(taskSet, service, deps, fresh) };
}

function seenBy(taskSet: ECSTaskSet, service: ECSService, deps: Caches, fresh?: readonly ECSTask[]): ServiceState {
  const { informers } = deps;
  const { deployment: _, ...whole } = observeService(service, deps, fresh);
  const digits = taskSetDigits(taskSet);
  const deployment = deploymentOf(taskSet, deps);
  const traffic = trafficOfTaskSet(service, taskSet, deps);
  const asSeen = asSeenByTasks(service, taskSet);
  return {
    ...whole,
    taskSet,
    service: asSeen,
    capacity: serviceCapacity(asSeen, deps),
    taskDefinition: resolveForTaskSet(taskSet, deps),
    ...(traffic && { traffic }),
    ...(deployment && { deployment }),
    replicaSets: deployment ? informers.replicaSets.byIndex(INDEX.owner, deployment.metadata?.uid ?? "") : [],
    tasks: whole.tasks.filter((task) => task.deployment === digits),
  };
}

/** The oldest service of the name, and of the cluster where the task set says one, in the task set's namespace. */
function serviceOf(taskSet: ECSTaskSet, deps: Caches): ECSService | undefined {
  const { informers } = deps;
  const name = serviceOfTaskSet(taskSet);
  const cluster = clusterOfTaskSet(taskSet);
  const found = informers.services
    .byIndex(INDEX.service, `${taskSet.metadata.namespace ?? ""}/${labelValue(name)}`)
    .filter((service) => serviceNameOf(service) === name)
    .filter((service) => cluster === undefined || clusterNameOfObject(service, deps) === cluster);
  return (
    found.find((service) => isControlledBy(taskSet, service)) ?? found.sort((a, b) => age(a).localeCompare(age(b)))[0]
  );
}

const age = ({ metadata }: ECSService): string => `${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;

function deploymentOf(taskSet: ECSTaskSet, { informers }: Caches): Deployment | undefined {
  const { namespace = "", name = "" } = taskSet.metadata;
  const found = informers.deployments.get(namespace, name);
  return found && isControlledBy(found, taskSet) ? found : undefined;
}

/** The Pods of a task set's tasks. */
export function podsOfTaskSet({ taskSet, service }: TaskSetState, deps: Pick<Deps, "informers">): Pod[] {
  const digits = taskSetDigits(taskSet);
  return podsOf(service, deps).filter(({ metadata }) => metadata?.labels?.[LABELS.deployment] === digits);
}
