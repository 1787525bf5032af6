import type { RegisterTaskDefinitionRequest } from "#model/generated/types.generated.ts";
import { unsupportedFirelens } from "./firelens-rules.ts";
import { withLogRouterFirst } from "./firelens.ts";
import { unsupportedInOnePod } from "./pod-limits.ts";
import { MEMBERS } from "./supported-members.ts";
import { unsupportedIn } from "./unsupported-members.ts";
import type { UnsupportedMember } from "./member-support.ts";
import { checkTaskDefinition } from "./task-definition-rules.ts";

export { checkTaskDefinition } from "./task-definition-rules.ts";
export type { Problem } from "./problem.ts";

/** What is judged: RegisterTaskDefinition's input, or an ECSTaskDefinition's spec. */
type Definition = Omit<RegisterTaskDefinitionRequest, "tags">;

/**
 * The members of a task definition that ask for what cannot be honoured in a Pod, with their place and why. Empty
 * when all of it acts. Members that the ECS model does not know are not judged.
 */
export function unsupportedMembers(definition: Definition): UnsupportedMember[] {
  return [
    ...unsupportedIn(definition, MEMBERS),
    ...unsupportedInOnePod(definition),
    ...unsupportedFirelens(definition),
    ...unsupportedOrder(definition),
  ];
}

/** Everything that is wrong with a task definition, as sentences, or an empty list. */
export function taskDefinitionProblems(definition: Definition): {
  invalid: string[];
  unsupported: UnsupportedMember[];
} {
  return {
    invalid: checkTaskDefinition(definition).map(({ message }) => message),
    unsupported: unsupportedMembers(definition),
  };
}

/** A Pod ends with its main containers, so one of them has to be essential. */
function unsupportedOrder(definition: Definition): UnsupportedMember[] {
  const containerDefinitions = withLogRouterFirst(definition.containerDefinitions);
  const awaited = new Set(
    containerDefinitions.flatMap(({ dependsOn }) => dependsOn ?? []).map(({ containerName }) => containerName),
  );
  const last = containerDefinitions.filter(({ name = "" }) => !awaited.has(name));
  if (last.length === 0 || last.some(({ essential }) => essential !== false)) return [];
  return [
    {
      path: "containerDefinitions[].dependsOn",
      why: "a task in which other containers wait for every essential one is not supported; make one that waits essential",
    },
  ];
}
