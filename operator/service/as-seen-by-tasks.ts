import { computedDesiredCount } from "#lib/ecs/task-set.ts";
import type { ECSService, ECSTaskSet } from "#model/generated/resources.generated.ts";

/** What a task set has of its own, in the place of what its service may have. */
const OF_TASK_SETS = [
  "taskDefinition",
  "launchType",
  "capacityProviderStrategy",
  "platformVersion",
  "networkConfiguration",
  "loadBalancers",
  "serviceRegistries",
] as const satisfies (keyof ECSService["spec"] & keyof ECSTaskSet["spec"])[];

/** The service as the tasks of one of its task sets see it; for tasks that are of none, as it is. */
export function asSeenByTasks(service: ECSService, taskSet: ECSTaskSet | undefined): ECSService {
  if (taskSet === undefined) return service;
  const spec = { ...service.spec };
  for (const member of OF_TASK_SETS) delete spec[member];
  const own = OF_TASK_SETS.flatMap((member) => {
    const value = taskSet.spec[member];
    return value === undefined ? [] : [[member, value]];
  });
  const desiredCount = computedDesiredCount(service.spec.desiredCount ?? 1, taskSet.spec.scale);
  return { ...service, spec: { ...spec, ...Object.fromEntries(own), desiredCount } };
}
