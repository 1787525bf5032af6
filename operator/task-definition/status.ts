import { type Identity, taskDefinitionArn } from "#lib/ecs/arns.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { taskDefinitionProblems } from "#lib/ecs/supported.ts";
import { type Progress, setConditions } from "#lib/kube/conditions.ts";
import type { ECSTaskDefinition, ECSTaskDefinitionStatus } from "#model/generated/resources.generated.ts";
import { compatibilities, requiresAttributes } from "./requires-attributes.ts";

/**
 * The status of a task definition. Same input, same status.
 * @param revision its number: the spec's or the one that it was given
 * @param clash set where another resource has that number, fixed in the spec of both
 */
export function taskDefinitionStatus(
  resource: ECSTaskDefinition,
  revision: number,
  clash: boolean,
  { identity, now }: { identity: Identity; now: Date },
): ECSTaskDefinitionStatus {
  const { spec, status: before = {}, metadata } = resource;
  const inactive = spec.status === "INACTIVE";
  const progress = clash ? clashOf(resource, revision) : progressOf(resource);
  const { deregisteredAt = now.toISOString(), registeredBy } = before;
  return {
    taskDefinitionArn: taskDefinitionArn(identity, spec.family, revision),
    revision,
    status: inactive ? "INACTIVE" : "ACTIVE",
    compatibilities: compatibilities(spec),
    requiresAttributes: requiresAttributes(spec),
    ...(metadata.creationTimestamp !== undefined && { registeredAt: metadata.creationTimestamp }),
    ...(inactive && { deregisteredAt }),
    ...(registeredBy !== undefined && { registeredBy }),
    conditions: setConditions(before.conditions, progress, metadata.generation, now),
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
  };
}

function progressOf({ spec }: ECSTaskDefinition): Progress {
  const { invalid, unsupported } = taskDefinitionProblems(spec);
  if (invalid.length > 0) return { stalled: { reason: "InvalidTaskDefinition", message: invalid.join(" ") } };
  if (unsupported.length > 0) {
    return { stalled: { reason: "Unsupported", message: describeUnsupported(unsupported) } };
  }
  return { ready: { reason: "Registered", message: "Tasks and services can use this task definition." } };
}

function clashOf({ spec }: ECSTaskDefinition, revision: number): Progress {
  const message = `Another ECSTaskDefinition is ${spec.family}:${revision} already; leave spec.revision out to get the next number.`;
  return { stalled: { reason: "NameConflict", message } };
}
