import { containerArn, type Identity, parseArn, parseTaskDefinition } from "#lib/ecs/arns.ts";
import { describeTask } from "#lib/ecs/describe/task.ts";
import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import { taskCpuUnits, taskMemoryMiB } from "#lib/ecs/task-size.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import type { Container, ContainerDefinition, Task, TaskDefinition } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";

/** An ECSTask that was just written, as the call that wrote it answers. */
export function answerOf(
  resource: ECSTask,
  { identity, cluster, definition }: { identity: Identity; cluster: string; definition: TaskDefinition },
): Task {
  return withDefinition(describeTask(resource, identity, cluster), resource.metadata.uid, definition, identity);
}

/**
 * Tasks as they are answered. Those whose status has no containers yet get them from their task definitions, each of
 * which is looked up once.
 */
export async function withContainers(
  tasks: readonly Found<Task>[],
  { queries, identity }: Pick<Deps, "queries" | "identity">,
): Promise<Task[]> {
  const bare = tasks.filter(({ doc }) => (doc.containers ?? []).length === 0);
  const arns = [...new Set(bare.map(({ doc }) => doc.taskDefinitionArn ?? ""))];
  const definitions = new Map(
    await Promise.all(
      arns.map(async (arn) => {
        const parsed = parseTaskDefinition(arn);
        const found = parsed?.revision && (await queries.taskDefinition(parsed.family, parsed.revision));
        return [arn, found ? found.doc : undefined] as const;
      }),
    ),
  );
  return tasks.map((task) => {
    const definition = bare.includes(task) ? definitions.get(task.doc.taskDefinitionArn ?? "") : undefined;
    return definition === undefined ? task.doc : withDefinition(task.doc, task.ref.uid, definition, identity);
  });
}

/**
 * A task whose status does not say containers and sizes yet, with those of its task definition.
 * @param uid the ECSTask's, of which the operator makes the containers' ids as well.
 */
export function withDefinition(
  task: Task,
  uid: string | undefined,
  definition: TaskDefinition,
  identity: Identity,
): Task {
  const { overrides, containers = [] } = task;
  const cpu = taskCpuUnits(overrides?.cpu ?? definition.cpu) ?? total(definition, (item) => item.cpu);
  const memory =
    taskMemoryMiB(overrides?.memory ?? definition.memory) ??
    total(definition, (item) => item.memory ?? item.memoryReservation);
  return {
    ...task,
    cpu: task.cpu ?? String(cpu),
    memory: task.memory ?? String(memory),
    containers: containers.length > 0 ? containers : pendingContainers(task, uid, definition, identity),
  };
}

function pendingContainers(
  task: Task,
  uid: string | undefined,
  definition: TaskDefinition,
  identity: Identity,
): Container[] {
  const [cluster = "", id = ""] = parseArn(task.taskArn ?? "")?.path ?? [];
  const lastStatus = task.lastStatus === "STOPPED" ? "STOPPED" : "PENDING";
  return (definition.containerDefinitions ?? []).map((container) => {
    const override = task.overrides?.containerOverrides?.find(({ name }) => name === container.name);
    const { name = "", image, cpu = 0, memory, memoryReservation } = { ...container, ...override };
    return {
      containerArn: containerArn(identity, cluster, id, stableUuid(uid ?? id, name)),
      ...(task.taskArn !== undefined && { taskArn: task.taskArn }),
      name,
      ...(image !== undefined && { image }),
      lastStatus,
      networkInterfaces: [],
      healthStatus: "UNKNOWN" as const,
      ...(task.enableExecuteCommand === true && {
        managedAgents: [{ name: "ExecuteCommandAgent" as const, lastStatus }],
      }),
      cpu: String(cpu),
      ...(memory !== undefined && { memory: String(memory) }),
      ...(memoryReservation !== undefined && { memoryReservation: String(memoryReservation) }),
    };
  });
}

function total(
  { containerDefinitions = [] }: TaskDefinition,
  size: (container: ContainerDefinition) => number | undefined,
): number {
  return containerDefinitions.reduce((sum, container) => sum + (size(container) ?? 0), 0);
}
