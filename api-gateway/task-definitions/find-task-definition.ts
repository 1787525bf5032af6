import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { clientException, type EcsError } from "#lib/errors.ts";
import type { TaskDefinition } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";

/** What ECS says of any task definition that it cannot show. */
export function cannotDescribe(): EcsError {
  return clientException("Unable to describe task definition.");
}

/**
 * The revision that `family:revision` or an ARN means, in whatever status, or the latest ACTIVE one of `family`;
 * undefined where there is none.
 */
export async function findTaskDefinition(
  { queries }: Pick<Deps, "queries">,
  reference: string,
): Promise<Found<TaskDefinition> | undefined> {
  const parsed = parseTaskDefinition(reference);
  const found = parsed && (await queries.taskDefinition(parsed.family, parsed.revision));
  return found === undefined || found.ref.deleted ? undefined : found;
}
