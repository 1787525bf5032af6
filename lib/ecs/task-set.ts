import type { ECSService, ECSServiceSpec, ECSTaskSet } from "#model/generated/resources.generated.ts";
import type { Scale } from "#model/generated/types.generated.ts";
import { parseArn } from "./arns.ts";
import { shortHash } from "./labels.ts";
import { NAME_MAX } from "./names.ts";
import { deploymentId, stableDigits } from "./service-deployment.ts";

/** Most task sets that a service can have at a time. */
export const TASK_SETS_MAX = 5;

/** Whether a service's tasks are those of task sets: somebody else than ECS rolls it out. */
export function hasTaskSets({ deploymentController }: Pick<ECSServiceSpec, "deploymentController">): boolean {
  return (deploymentController?.type ?? "ECS") !== "ECS";
}

/** The 19 digits of a task set's id: the same whoever reads it, before the operator has seen it. */
export function taskSetDigits({ metadata }: Pick<ECSTaskSet, "metadata">): string {
  return stableDigits(metadata.uid ?? "");
}

/** `ecs-svc/<digits>` */
export function taskSetId(taskSet: Pick<ECSTaskSet, "metadata">): string {
  return deploymentId(taskSetDigits(taskSet));
}

/**
 * How many tasks a task set is to run: its share of the service's desired count, rounded up.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html computedDesiredCount
 */
export function computedDesiredCount(desiredCount: number, scale: Scale | undefined): number {
  const share = (desiredCount * (scale?.value ?? 0)) / 100;
  return Math.ceil(Number(share.toFixed(9))); // 0.1 + 0.2 is no further task
}

/** Name of an ECSTaskSet of a service: with the service's name in front, as far as there is room for that. */
export function taskSetName({ metadata }: Pick<ECSService, "metadata">, suffix: string): string {
  return `${(metadata.name ?? "").slice(0, NAME_MAX - suffix.length - 1)}-${suffix}`;
}

/** Name of the ECSTaskSet that a service with the deployment controller CODE_DEPLOY begins with. */
export function initialTaskSetName(service: Pick<ECSService, "metadata">): string {
  return taskSetName(service, shortHash(service.metadata.uid ?? ""));
}

/** Whether a reference (id, ARN, or the resource's name) means this task set. */
export function isTaskSet(reference: string, taskSet: Pick<ECSTaskSet, "metadata">): boolean {
  const id = taskSetId(taskSet);
  return reference === id || reference === taskSet.metadata.name || parseArn(reference)?.path.slice(2).join("/") === id;
}

/** Which of a service's task sets is PRIMARY, if one is. */
export function primaryTaskSet(
  { spec, metadata }: Pick<ECSService, "spec" | "metadata">,
  taskSets: readonly ECSTaskSet[],
): ECSTaskSet | undefined {
  const wanted = spec.primaryTaskSet;
  if (wanted !== undefined) return taskSets.find((each) => isTaskSet(wanted, each));
  return spec.deploymentController?.type === "CODE_DEPLOY"
    ? taskSets.find((each) => each.metadata.name === initialTaskSetName({ metadata }))
    : undefined;
}
