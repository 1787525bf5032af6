import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { invalidParameter } from "#lib/errors.ts";
import type { Tag, TaskDefinition } from "#model/generated/types.generated.ts";
import type { Deps } from "../operation.ts";

/** A task definition that tasks can be started from. */
export interface LaunchableDefinition {
  readonly doc: TaskDefinition;
  readonly family: string;
  readonly revision: number;
}

/**
 * The revision that a call means by `family` (the latest ACTIVE), `family:revision` or ARN.
 * @param options.inUse also a revision that was deregistered: what uses it goes on using it.
 * @throws EcsError `InvalidParameterException` where there is none or it is not ACTIVE, in ECS's wording.
 */
export async function requireLaunchable(
  { queries }: Pick<Deps, "queries">,
  reference: string,
  options: { inUse?: boolean } = {},
): Promise<LaunchableDefinition> {
  const parsed = parseTaskDefinition(reference);
  const found = parsed && (await queries.taskDefinition(parsed.family, parsed.revision));
  const revision = found?.doc.revision;
  if (parsed === undefined || found === undefined || revision === undefined) {
    throw invalidParameter("TaskDefinition not found.");
  }
  if (found.doc.status !== "ACTIVE" && options.inUse !== true) throw invalidParameter("TaskDefinition is inactive");
  return { doc: found.doc, family: parsed.family, revision };
}

/** The tags of a task definition that its tasks inherit when the call says so. */
export async function propagatedTags(
  { queries }: Pick<Deps, "queries">,
  propagateTags: string | undefined,
  { doc }: LaunchableDefinition,
): Promise<Tag[]> {
  if (propagateTags !== "TASK_DEFINITION" || doc.taskDefinitionArn === undefined) return [];
  return (await queries.tags(doc.taskDefinitionArn)) ?? [];
}
