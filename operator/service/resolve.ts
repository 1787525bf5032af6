import { parseTaskDefinition, type Identity, taskDefinitionArn } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import type { ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import type { Problem } from "./problem.ts";
import type { Resolution, ResolvedTaskDefinition } from "./state.ts";

interface Reference {
  /** `spec.taskDefinition`: family, `family:revision` or ARN. */
  readonly reference: string | undefined;
  /** ARN that the service runs already, from its status: it stays in use when it is deregistered. */
  readonly inUse: string | undefined;
}

/**
 * The revision that a service's task definition comes to. A bare family is its latest ACTIVE revision; a revision
 * that is INACTIVE is found only by a service that runs it already.
 * @param revisionsOf the revisions of a family, in any order
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
 */
export function resolveTaskDefinition(
  { reference, inUse }: Reference,
  revisionsOf: (family: string) => readonly ECSTaskDefinition[],
  identity: Identity,
): Resolution {
  const parsed = reference === undefined ? undefined : parseTaskDefinition(reference);
  if (parsed === undefined)
    return notFound(`${reference ?? ""} is no task definition: give family, family:revision or ARN.`);
  const revisions = known(revisionsOf(parsed.family), identity);
  const active = revisions.filter(({ resource }) => isActive(resource));
  const wanted = revisions.filter(({ revision }) => revision === parsed.revision);
  const found =
    parsed.revision === undefined
      ? (active.at(-1) ?? revisions.find(({ arn }) => arn === inUse))
      : (wanted.find(({ resource }) => isActive(resource)) ?? wanted.find(({ arn }) => arn === inUse));
  if (found) return { found };
  if (wanted.length > 0) return { problem: inactive(`${parsed.family}:${parsed.revision}`) };
  if (parsed.revision === undefined && revisions.length > 0) return { problem: inactive(parsed.family) };
  const name = parsed.revision === undefined ? parsed.family : `${parsed.family}:${parsed.revision}`;
  return notFound(`There is no task definition ${name} yet. It is picked up as soon as it is registered.`);
}

/** Those that have a revision, oldest revision first; of two with the same revision the older resource. */
function known(resources: readonly ECSTaskDefinition[], identity: Identity): ResolvedTaskDefinition[] {
  const byRevision = new Map<number, ResolvedTaskDefinition>();
  for (const resource of [...resources].sort((a, b) => age(a).localeCompare(age(b)))) {
    const revision = revisionOf(resource);
    if (revision === undefined || byRevision.has(revision)) continue;
    byRevision.set(revision, {
      resource,
      revision,
      arn: taskDefinitionArn(identity, resource.spec.family, revision),
    });
  }
  return [...byRevision.values()].sort((a, b) => a.revision - b.revision);
}

function age({ metadata }: ECSTaskDefinition): string {
  return `${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;
}

function isActive({ spec, metadata }: ECSTaskDefinition): boolean {
  return (spec.status ?? "ACTIVE") === "ACTIVE" && metadata.deletionTimestamp === undefined;
}

function notFound(message: string): Resolution {
  return { problem: { reason: "TaskDefinitionNotFound", message } };
}

function inactive(name: string): Problem {
  return {
    reason: "TaskDefinitionInactive",
    message: `The task definition ${name} is INACTIVE. Register a new revision and use that.`,
  };
}
