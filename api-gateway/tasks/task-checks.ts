import { unsupportedTaskMembers } from "#lib/ecs/supported-task.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { type VolumeConfiguration, volumeConfigurationProblem } from "#lib/ecs/volume-configurations.ts";
import { taskCpuUnits, taskMemoryMiB } from "#lib/ecs/task-size.ts";
import { checkPlacement } from "./placement-checks.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type {
  RunTaskRequest,
  StartTaskRequest,
  TaskDefinition,
  TaskOverride,
} from "#model/generated/types.generated.ts";

const MAX_OVERRIDES_LENGTH = 8192;

/**
 * Checks what the model's rules cannot say of RunTask's or StartTask's input alone.
 * @throws EcsError `InvalidParameterException` or `UnsupportedFeatureException`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export function checkTaskInput(input: RunTaskRequest | StartTaskRequest): void {
  const unsupported = unsupportedTaskMembers(input);
  if (unsupported.length > 0) throw unsupportedFeature(describeUnsupported(unsupported));
  checkPlacement("containerInstances" in input ? {} : input);
  if (input.group?.startsWith("service:") === true) throw invalidParameter("Invalid namespace for group.");
  if (input.propagateTags === "SERVICE") {
    throw invalidParameter("propagateTags can only be SERVICE for a task that a service starts. Use TASK_DEFINITION.");
  }
}

/**
 * Checks what the input asks of its task definition: overrides name its containers and sizes, ECS Exec has a task role.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
export function checkAgainstDefinition(input: RunTaskRequest | StartTaskRequest, taskDefinition: TaskDefinition): void {
  checkOverrides(input.overrides, taskDefinition);
  checkVolumes(input.volumeConfigurations, taskDefinition);
  const role = input.overrides?.taskRoleArn ?? taskDefinition.taskRoleArn ?? "";
  if (input.enableExecuteCommand === true && role === "") {
    throw invalidParameter(
      "The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.",
    );
  }
}

/**
 * Checks that the volumes configured at launch are those that the task definition leaves open.
 * @throws EcsError `InvalidParameterException`.
 */
export function checkVolumes(
  configurations: readonly VolumeConfiguration[] | undefined,
  { volumes }: TaskDefinition,
): void {
  const problem = volumeConfigurationProblem(volumes, configurations);
  if (problem !== undefined) throw invalidParameter(problem);
}

function checkOverrides(overrides: TaskOverride | undefined, taskDefinition: TaskDefinition): void {
  if (overrides === undefined) return;
  if (JSON.stringify(overrides).length > MAX_OVERRIDES_LENGTH) {
    throw invalidParameter(`Overrides length must be at most ${MAX_OVERRIDES_LENGTH}.`);
  }
  taskCpuUnits(overrides.cpu);
  taskMemoryMiB(overrides.memory);
  const containers = new Set(taskDefinition.containerDefinitions?.map((container) => container.name));
  const seen = new Set<string>();
  for (const { name } of overrides.containerOverrides ?? []) {
    if (name === undefined || name === "") throw invalidParameter("Container override must have a container name.");
    if (!containers.has(name)) {
      throw invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
    }
    if (seen.has(name)) throw invalidParameter(`More than one override for container named ${name}.`);
    seen.add(name);
  }
}
