import { describeTaskSet } from "#lib/ecs/describe/task-set.ts";
import { hasTaskSets, isTaskSet } from "#lib/ecs/task-set.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSTaskSet, RESOURCES } from "#model/generated/resources.generated.ts";
import type { TaskSet } from "#model/generated/types.generated.ts";
import type { Ref } from "#projector/queries.ts";
import type { Call, Deps } from "../operation.ts";
import { type CalledService, requireService, serviceNotActive } from "./service.ts";

/** A task set that a call is to change, and its service. */
export interface CalledTaskSet {
  readonly service: CalledService;
  readonly ref: Ref;
  /** As the API server has it now. */
  readonly resource: ECSTaskSet;
}

/** There is no such task set. */
export function taskSetNotFound(): EcsError {
  return new EcsError(
    "TaskSetNotFoundException",
    "The specified task set wasn't found. You can view your available task sets with DescribeTaskSets. Task sets are specific to each cluster, service and Region.",
  );
}

/**
 * The service that a call about task sets names.
 * @throws EcsError as `requireService`, and `InvalidParameterException` where the service has no task sets.
 */
export async function requireTaskSetService(
  input: { cluster: string; service: string },
  deps: Deps,
  call: Pick<Call, "signal">,
): Promise<CalledService> {
  const service = await requireService(input, serviceNotActive, deps, call);
  if (service.resource.metadata.deletionTimestamp !== undefined) throw serviceNotActive();
  if (!hasTaskSets(service.resource.spec)) {
    throw invalidParameter(
      "Task sets are not supported by services with the deployment controller ECS. Create a service with the deployment controller EXTERNAL and try again.",
    );
  }
  return service;
}

/**
 * The task set that a call names by its id or ARN, read anew from the API server.
 * @throws EcsError as {@link requireTaskSetService}, and `TaskSetNotFoundException`.
 */
export async function requireTaskSet(
  input: { cluster: string; service: string; taskSet: string },
  deps: Deps,
  call: Pick<Call, "signal">,
): Promise<CalledTaskSet> {
  const service = await requireTaskSetService(input, deps, call);
  const found = (await deps.queries.taskSets(service.ref.uid)).find(({ ref }) => isMeant(input.taskSet, ref));
  if (found === undefined) throw taskSetNotFound();
  try {
    const resource = await deps.kube.get<ECSTaskSet>(RESOURCES.ECSTaskSet, found.ref, { signal: call.signal });
    if (resource.metadata.uid !== found.ref.uid) throw taskSetNotFound();
    return { service, ref: found.ref, resource };
  } catch (error) {
    throw isNotFound(error) ? taskSetNotFound() : error;
  }
}

/** Whether a caller's reference, an id or an ARN, means the task set. */
export function isMeant(reference: string, { name, uid }: Ref): boolean {
  return reference !== name && isTaskSet(reference, { metadata: { name, uid } });
}

/** A task set that was just written, as the call that wrote it answers. */
export function taskSetAnswer(resource: ECSTaskSet, { cluster }: CalledService, deps: Pick<Deps, "identity">): TaskSet {
  return describeTaskSet(resource, deps.identity, cluster);
}

/** Without tags, which callers have to ask for. */
export function untagged({ tags: _tags, ...taskSet }: TaskSet): TaskSet {
  return taskSet;
}
