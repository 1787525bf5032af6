import { withLogRouterFirst } from "#lib/ecs/firelens.ts";
import type {
  ContainerDefinition,
  ContainerOverride,
  KeyValuePair,
  TaskOverride,
} from "#model/generated/types.generated.ts";
import type { NamedContainer, TaskDefinitionInput } from "./input.ts";

/** A task definition with the overrides of one task applied, and with the order that a log router asks for. */
export type EffectiveDefinition = Omit<TaskDefinitionInput, "containerDefinitions"> & {
  containerDefinitions: NamedContainer[];
};

/**
 * The task definition as RunTask's overrides change it: what they name replaces, environment variables are merged by
 * name.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html
 */
export function withOverrides(definition: TaskDefinitionInput, overrides: TaskOverride = {}): EffectiveDefinition {
  const { containerOverrides = [], cpu, memory, executionRoleArn, taskRoleArn, ephemeralStorage } = overrides;
  const byName = new Map(containerOverrides.map((override) => [override.name, override]));
  return {
    ...definition,
    ...defined({ cpu, memory, executionRoleArn, taskRoleArn, ephemeralStorage }),
    containerDefinitions: withLogRouterFirst(
      definition.containerDefinitions.map((container) => overridden(container, byName.get(container.name))),
    ),
  };
}

function overridden(container: ContainerDefinition, override: ContainerOverride | undefined): NamedContainer {
  const named = { ...container, name: container.name ?? "" };
  if (override === undefined) return named;
  const { command, cpu, memory, memoryReservation, resourceRequirements, environment, environmentFiles } = override;
  return {
    ...named,
    ...defined({ command, cpu, memory, memoryReservation, resourceRequirements, environmentFiles }),
    ...(environment !== undefined && { environment: mergedEnvironment(named.environment, environment) }),
  };
}

/** Variables of both by name, the later ones winning, in the order in which they were first named. */
export function mergedEnvironment(...lists: readonly (readonly KeyValuePair[] | undefined)[]): KeyValuePair[] {
  const byName = new Map<string, KeyValuePair>();
  for (const variable of lists.flatMap((list) => list ?? [])) {
    if (variable.name !== undefined) byName.set(variable.name, variable);
  }
  return [...byName.values()];
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members of `object` that are not undefined. */
export function defined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
