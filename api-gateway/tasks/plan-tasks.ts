import type { RunTaskRequest, StartTaskRequest } from "#model/generated/types.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { type ActiveCluster, requireActiveCluster } from "../clusters/cluster.ts";
import { usableTarget } from "../capacity-providers/launch-target.ts";
import { checkLaunch, type LaunchInput, launchTypeOf } from "./launch.ts";
import { checkPlacement } from "./placement-checks.ts";
import { checkAgainstDefinition, checkTaskInput } from "./task-checks.ts";
import { type LaunchableDefinition, propagatedTags, requireLaunchable } from "../task-definitions/task-definition.ts";
import { type ResolvedTasks, tagsOfTask } from "#lib/ecs/task-resource.ts";

/** A call of RunTask or StartTask that was found to be right, with everything it refers to. */
export interface TaskPlan {
  readonly cluster: ActiveCluster;
  readonly definition: LaunchableDefinition;
  readonly resolved: ResolvedTasks;
}

/**
 * Looks up what RunTask or StartTask refers to and checks that it fits together; writes nothing.
 * @throws EcsError as ECS does: cluster, task definition, launch type, network, overrides, members not offered.
 */
export async function planTasks(
  input: RunTaskRequest | StartTaskRequest,
  deps: Pick<Deps, "queries" | "kube" | "identity">,
  call: Call,
): Promise<TaskPlan> {
  checkTaskInput(input);
  const cluster = await requireActiveCluster(deps, input.cluster, call);
  const definition = await requireLaunchable(deps, input.taskDefinition);
  const launch: LaunchInput = "containerInstances" in input ? { ...input, launchType: "EC2" } : input;
  const target = await usableTarget(launch, cluster, deps);
  checkLaunch(launch, target, definition.doc);
  if (!("containerInstances" in input)) checkPlacement(input, launchTypeOf(target));
  checkAgainstDefinition(input, definition.doc);
  const inherited = await propagatedTags(deps, input.propagateTags, definition);
  return {
    cluster,
    definition,
    resolved: {
      cluster,
      family: definition.family,
      revision: definition.revision,
      target,
      tags: tagsOfTask(input, cluster.name, inherited),
      ...(call.accessKeyId !== undefined && { createdBy: call.accessKeyId }),
    },
  };
}
