import { BUFFER_LIMIT_OPTION, usesFirelens } from "#lib/ecs/firelens.ts";
import type { Attribute, Compatibility } from "#model/generated/types.generated.ts";
import type { TaskDefinitionInput } from "../pod/input.ts";

type Rule = readonly [attribute: string, needed: (definition: TaskDefinitionInput) => boolean];

const anyContainer =
  (test: (container: TaskDefinitionInput["containerDefinitions"][number]) => boolean) =>
  (definition: TaskDefinitionInput): boolean =>
    definition.containerDefinitions.some(test);

/** What an agent has to be capable of, in the order in which ECS tells it. */
const RULES: readonly Rule[] = [
  [
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    anyContainer((c) => c.logConfiguration?.logDriver === "awslogs"),
  ],
  [
    "com.amazonaws.ecs.capability.logging-driver.json-file",
    anyContainer((c) => c.logConfiguration?.logDriver === "json-file"),
  ],
  ["com.amazonaws.ecs.capability.logging-driver.awsfirelens", anyContainer(usesFirelens)],
  ["com.amazonaws.ecs.capability.privileged-container", anyContainer((c) => c.privileged === true)],
  ["com.amazonaws.ecs.capability.task-iam-role", (definition) => definition.taskRoleArn !== undefined],
  ["com.amazonaws.ecs.capability.docker-remote-api.1.18", () => true],
  ["ecs.capability.container-health-check", anyContainer((c) => c.healthCheck !== undefined)],
  ["ecs.capability.container-ordering", anyContainer((c) => (c.dependsOn?.length ?? 0) > 0)],
  ["ecs.capability.firelens.fluentbit", anyContainer((c) => c.firelensConfiguration?.type === "fluentbit")],
  ["ecs.capability.firelens.fluentd", anyContainer((c) => c.firelensConfiguration?.type === "fluentd")],
  [
    "ecs.capability.firelens.options.config.file",
    anyContainer((c) => c.firelensConfiguration?.options?.["config-file-type"] === "file"),
  ],
  [
    "ecs.capability.firelens.options.config.s3",
    anyContainer((c) => c.firelensConfiguration?.options?.["config-file-type"] === "s3"),
  ],
  [
    "ecs.capability.logging-driver.awsfirelens.log-driver-buffer-limit",
    anyContainer((c) => usesFirelens(c) && BUFFER_LIMIT_OPTION in (c.logConfiguration?.options ?? {})),
  ],
  ["ecs.capability.task-cpu-mem-limit", ({ cpu, memory }) => cpu !== undefined || memory !== undefined],
  ["ecs.capability.task-eni", ({ networkMode }) => networkMode === "awsvpc"],
];

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html#attributes */
export function requiresAttributes(definition: TaskDefinitionInput): Attribute[] {
  return RULES.filter(([, needed]) => needed(definition)).map(([name]) => ({ name }));
}

/** The launch types that a task definition fits. */
export function compatibilities({ networkMode, cpu, memory, ...rest }: TaskDefinitionInput): Compatibility[] {
  if (rest.requiresCompatibilities?.includes("FARGATE")) return ["EC2", "FARGATE"];
  if (networkMode === "awsvpc") return cpu !== undefined && memory !== undefined ? ["EC2", "FARGATE"] : ["EC2"];
  return ["EXTERNAL", "EC2"];
}
