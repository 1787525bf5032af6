import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import { EcsError } from "../errors.ts";
import { awslogsProblems } from "./awslogs-rules.ts";
import { dependencyProblems } from "./container-dependency-rules.ts";
import { firelensProblems } from "./firelens-rules.ts";
import { networkProblems } from "./network-rules.ts";
import { definitionConstraintProblems } from "./placement/rules.ts";
import type { Definition, Problem } from "./problem.ts";
import { volumeProblems } from "./volume-rules.ts";
import { isFargateSize, taskCpuUnits, taskMemoryMiB } from "./task-size.ts";

interface Size {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
}

/**
 * The rules across members that ECS checks when a task definition is registered. Each problem is one that
 * RegisterTaskDefinition answers with a ClientException of that message.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
 */
export function checkTaskDefinition(definition: Definition): Problem[] {
  const size = sizeOf(definition);
  if (size instanceof EcsError) return [{ path: "cpu", message: size.message }];
  return [
    ...nameProblems(definition),
    ...memoryProblems(definition, size),
    ...sizeProblems(definition, size),
    ...fargateProblems(definition, size),
    ...networkProblems(definition),
    ...volumeProblems(definition),
    ...dependencyProblems(definition),
    ...awslogsProblems(definition),
    ...firelensProblems(definition),
    ...placementProblems(definition),
  ];
}

function sizeOf({ cpu, memory }: Definition): Size | EcsError {
  try {
    return { cpu: taskCpuUnits(cpu), memory: taskMemoryMiB(memory) };
  } catch (error) {
    if (error instanceof EcsError) return error;
    throw error;
  }
}

/** `containerDefinitions[<index>].<member>` */
export function containerPath(index: number, member: string): string {
  return `containerDefinitions[${index}].${member}`;
}

function nameProblems({ containerDefinitions: containers }: Definition): Problem[] {
  if (containers.length === 0) return [{ path: "containerDefinitions", message: "Container list cannot be empty." }];
  const seen = new Set<string>();
  const problems = containers.flatMap(({ name = "", image = "" }, index): Problem[] => {
    const repeated = seen.has(name);
    seen.add(name);
    if (name === "") {
      return [{ path: containerPath(index, "name"), message: "Container.name should not be null or empty." }];
    }
    if (repeated) {
      return [
        { path: containerPath(index, "name"), message: `Container names must be unique: '${name}' is repeated.` },
      ];
    }
    return image === ""
      ? [{ path: containerPath(index, "image"), message: "Container.image should not be null or empty." }]
      : [];
  });
  if (containers.every(({ essential }) => essential === false)) {
    const message = "Task definition does not have any essential containers: at least one must be essential.";
    problems.push({ path: "containerDefinitions", message });
  }
  return problems;
}

function memoryProblems(
  { containerDefinitions, requiresCompatibilities }: Definition,
  { memory: ofTask }: Size,
): Problem[] {
  const onFargate = requiresCompatibilities?.includes("FARGATE") === true; // which asks for the task's memory

  return containerDefinitions.flatMap(({ name = "", memory, memoryReservation }, index): Problem[] => {
    const path = containerPath(index, "memory");
    if (ofTask === undefined && !onFargate && !memory && !memoryReservation) {
      const message = `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`;
      return [{ path, message }];
    }
    if (memory && memoryReservation && memory < memoryReservation) {
      const message = `Invalid setting for container '${name}'. 'memory' must be greater than or equal to 'memoryReservation'.`;
      return [{ path, message }];
    }
    if (ofTask !== undefined && memory !== undefined && memory > ofTask) {
      const message = `Invalid setting for container '${name}'. 'memory' must not exceed the task's memory of ${ofTask} MiB.`;
      return [{ path, message }];
    }
    return [];
  });
}

function sizeProblems({ containerDefinitions }: Definition, { cpu, memory }: Size): Problem[] {
  const problems: Problem[] = [];
  const usedCpu = sum(containerDefinitions, (container) => container.cpu);
  if (cpu !== undefined && usedCpu > cpu) {
    const message = `The containers' cpu adds up to ${usedCpu}, which exceeds the task's cpu of ${cpu}.`;
    problems.push({ path: "cpu", message });
  }
  const usedMemory = sum(containerDefinitions, (container) => container.memoryReservation ?? container.memory);
  if (memory !== undefined && usedMemory > memory) {
    const message = `The containers' memory adds up to ${usedMemory} MiB, which exceeds the task's memory of ${memory} MiB.`;
    problems.push({ path: "memory", message });
  }
  return problems;
}

function sum(
  containers: readonly ContainerDefinition[],
  value: (of: ContainerDefinition) => number | undefined,
): number {
  return containers.reduce((total, container) => total + (value(container) ?? 0), 0);
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
function fargateProblems(definition: Definition, { cpu, memory }: Size): Problem[] {
  if (!definition.requiresCompatibilities?.includes("FARGATE")) return [];
  if (definition.networkMode !== "awsvpc") {
    return [{ path: "networkMode", message: "Fargate only supports network mode 'awsvpc'." }];
  }
  if (cpu === undefined) return [{ path: "cpu", message: "Fargate requires that 'cpu' be defined at the task level." }];
  if (memory === undefined) {
    return [{ path: "memory", message: "Fargate requires that 'memory' be defined at the task level." }];
  }
  if (!isFargateSize(cpu, memory)) {
    const message = `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`;
    return [{ path: "cpu", message }];
  }
  return fargateContainerProblems(definition);
}

function fargateContainerProblems({ containerDefinitions, volumes = [] }: Definition): Problem[] {
  return [
    ...containerDefinitions.flatMap(({ privileged, resourceRequirements = [] }, index): Problem[] => [
      ...(privileged === true
        ? [{ path: containerPath(index, "privileged"), message: "Fargate does not support privileged containers." }]
        : []),
      ...(resourceRequirements.some(({ type }) => type === "GPU")
        ? [
            {
              path: containerPath(index, "resourceRequirements"),
              message: "Tasks using the Fargate launch type do not support GPU resource requirements.",
            },
          ]
        : []),
    ]),
    ...volumes.flatMap(({ host }, index): Problem[] =>
      host?.sourcePath
        ? [
            {
              path: `volumes[${index}].host.sourcePath`,
              message: "Fargate does not support 'host.sourcePath' in volumes.",
            },
          ]
        : [],
    ),
  ];
}

function placementProblems({ placementConstraints = [], requiresCompatibilities }: Definition): Problem[] {
  const path = "placementConstraints";
  if (placementConstraints.length > 0 && requiresCompatibilities?.includes("FARGATE")) {
    return [{ path, message: "Placement constraints are not supported with FARGATE." }];
  }
  return definitionConstraintProblems(placementConstraints).map((message) => ({ path, message }));
}
