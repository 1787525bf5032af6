import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import type { ECSTaskDefinition } from "#model/generated/resources.generated.ts";

/** The number that comes after all of a family's that are or were. */
export function nextRevision(resources: readonly ECSTaskDefinition[], recorded: number): number {
  return Math.max(recorded, ...resources.map((resource) => revisionOf(resource) ?? 0)) + 1;
}

/**
 * True where another resource has this one's number and keeps it: one whose number is fixed in its spec goes before
 * one that was given it, else the older.
 */
export function isNumberTaken(resource: ECSTaskDefinition, resources: readonly ECSTaskDefinition[]): boolean {
  const revision = revisionOf(resource);
  if (revision === undefined) return false;
  return resources.some(
    (other) =>
      other.metadata.uid !== resource.metadata.uid && revisionOf(other) === revision && rank(other) < rank(resource),
  );
}

function rank({ spec, metadata }: ECSTaskDefinition): string {
  return `${spec.revision === undefined ? 1 : 0} ${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;
}
