import { clusterArn, type Identity, serviceArn, taskSetArn } from "#lib/ecs/arns.ts";
import { primaryTaskSet, taskSetDigits, taskSetId } from "#lib/ecs/task-set.ts";
import { type Progress, setConditions } from "#lib/kube/conditions.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import type { ECSServiceStatus, ECSTaskSet, TaskSetInResource } from "#model/generated/resources.generated.ts";
import { type Targets, targetsOf } from "../traffic/targets.ts";
import { asSeenByTasks } from "./as-seen-by-tasks.ts";
import { newEvents, withNewEvents } from "./events.ts";
import { selectorOf, selectorText } from "./names.ts";
import { type Counts, countsOf, progressOf } from "./progress.ts";
import type { Problem } from "./problem.ts";
import type { ServiceState } from "./state.ts";
import type { StatusOptions, StatusOutcome } from "./status-outcome.ts";

/**
 * The status of a service whose tasks are those of task sets: it has no deployments, its task definition is that of
 * the PRIMARY task set.
 */
export function statusWithTaskSets(
  state: ServiceState,
  stalled: Problem | undefined,
  { identity, now }: Pick<StatusOptions, "identity" | "now">,
): StatusOutcome {
  const { service, clusterName, serviceName, taskSets = [] } = state;
  const { uid = "", generation, creationTimestamp } = service.metadata;
  const before = service.status ?? {};
  const told = before.events ?? [];
  const counts = countsOf(state);
  const primary = primaryTaskSet(service, taskSets);
  const steady = stalled === undefined && taskSets.length > 0 && taskSets.every(isSteady);
  const entries = taskSets.map((each) => entryOf(each, state, primary, identity));
  const targets = targetsOfTaskSets(state);
  const facts = {
    serviceUid: uid,
    serviceName,
    before: told,
    tasks: state.tasks,
    completed: undefined,
    targets: { before: before.targets, now: targets },
    taskSets: { before: before.taskSets ?? [], now: entries },
    steady,
  };
  const events = newEvents(facts, now);
  const status: ECSServiceStatus = {
    serviceArn: serviceArn(identity, clusterName, serviceName),
    clusterArn: clusterArn(identity, clusterName),
    clusterName,
    status: isDeleting(service) ? "DRAINING" : "ACTIVE",
    ...counts,
    ...taskSetMembers(entries, primary, before, stalled),
    deployments: [],
    ...(targets.length > 0 && { targets }),
    events: withNewEvents(told, events),
    createdAt: creationTimestamp ?? now.toISOString(),
    selector: selectorText(selectorOf(service)),
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(before.conditions, progress(state, { stalled, steady, counts }), generation, now),
  };
  return { status, events };
}

function taskSetMembers(
  entries: TaskSetInResource[],
  primary: ECSTaskSet | undefined,
  before: ECSServiceStatus,
  stalled: Problem | undefined,
): Pick<ECSServiceStatus, "taskDefinition" | "taskSets"> {
  const taskDefinition = primary?.status?.taskDefinition;
  // Absent until the service could be followed: by then CODE_DEPLOY's first one has been made.
  const known = stalled === undefined || before.taskSets !== undefined;
  return { ...(taskDefinition !== undefined && { taskDefinition }), ...(known && { taskSets: entries }) };
}

/** For each target group the tasks of all the task sets that name it. */
function targetsOfTaskSets({ service, tasks, taskSets = [] }: ServiceState): Targets[] {
  const each = taskSets.flatMap((taskSet) => {
    const digits = taskSetDigits(taskSet);
    return targetsOf(
      asSeenByTasks(service, taskSet),
      tasks.filter(({ deployment }) => deployment === digits),
    );
  });
  const byGroup = Map.groupBy(each, ({ targetGroup }) => targetGroup);
  return [...byGroup].map(([targetGroup, all]) => ({
    targetGroup,
    tasks: all.flatMap(({ tasks: ids = [] }) => ids),
  }));
}

/** As the operator has seen it last. */
function isSteady({ status, metadata }: ECSTaskSet): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.stabilityStatus === "STEADY_STATE" &&
    status.observedGeneration === metadata.generation
  );
}

function entryOf(
  taskSet: ECSTaskSet,
  { clusterName, serviceName }: ServiceState,
  primary: ECSTaskSet | undefined,
  identity: Identity,
): TaskSetInResource {
  const {
    conditions: _conditions,
    observedGeneration: _generation,
    clusterName: _name,
    ...seen
  } = taskSet.status ?? {};
  const { service: _service, cluster: _cluster, tags: _tags, taskDefinition, ...asked } = taskSet.spec;
  const id = taskSetId(taskSet);
  return {
    taskDefinition,
    stabilityStatus: "STABILIZING",
    ...asked,
    ...seen,
    id,
    taskSetArn: taskSetArn(identity, clusterName, serviceName, id),
    status: isDeleting(taskSet) ? "DRAINING" : taskSet === primary ? "PRIMARY" : "ACTIVE",
  };
}

function progress(
  state: ServiceState,
  { stalled, steady, counts }: { stalled: Problem | undefined; steady: boolean; counts: Counts },
): Progress {
  const { service, taskSets = [] } = state;
  const own = stalled ?? stalledTaskSet(taskSets);
  if (own === undefined && !isDeleting(service)) {
    if (taskSets.length === 0) {
      return { reconciling: { reason: "NoTaskSet", message: "The service has no task set yet. Create one." } };
    }
    const { primaryTaskSet: wanted } = service.spec;
    if (wanted !== undefined && primaryTaskSet(service, taskSets) === undefined) {
      return {
        stalled: { reason: "TaskSetNotFound", message: `The service has no task set ${wanted} to be PRIMARY.` },
      };
    }
  }
  return progressOf(state, { stalled: own, steady, deployments: [], counts });
}

function stalledTaskSet(taskSets: readonly ECSTaskSet[]): Problem | undefined {
  for (const { metadata, status } of taskSets) {
    const found = status?.conditions?.find(({ type }) => type === "Stalled");
    if (found?.status === "True")
      return { reason: found.reason, message: `Task set ${metadata.name}: ${found.message}` };
  }
  return undefined;
}
