import { clusterNameOf } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import type { Caller } from "../caller.ts";
import { containerDocument, type Document, isOnFargate } from "./container.ts";

const UNITS_PER_CPU = 1024;

/**
 * A task in the shape of the task metadata endpoint, version 4. There is no VPC, so no member names one.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-response.html
 */
export function taskDocument(caller: Caller): Document {
  const { task, definition } = caller;
  const { status = {} } = task;
  const { clusterArn = "", launchType = "EC2", containers = [] } = status;
  const service = /^service:(.+)$/.exec(status.group ?? "")?.[1];
  return {
    Cluster: isOnFargate(launchType) ? clusterArn : clusterNameOf(clusterArn),
    TaskARN: status.taskArn,
    Family: definition.spec.family,
    Revision: String(revisionOf(definition) ?? ""),
    ...(service !== undefined && { ServiceName: service }),
    DesiredStatus: status.desiredStatus,
    KnownStatus: status.lastStatus,
    ...limitsOf(caller),
    PullStartedAt: status.pullStartedAt,
    PullStoppedAt: status.pullStoppedAt,
    ExecutionStoppedAt: status.executionStoppedAt,
    AvailabilityZone: status.availabilityZone,
    LaunchType: launchType,
    Containers: containers.map((container) => containerDocument(caller, container)),
  };
}

/** The task with its tags. */
export function taskWithTagsDocument(caller: Caller): Document {
  const tags = caller.task.spec.tags ?? [];
  const entries = tags.map(({ key = "", value = "" }) => [key, value] as const);
  return { ...taskDocument(caller), ...(entries.length > 0 && { TaskTags: Object.fromEntries(entries) }) };
}

/** Limits that the task definition sets for the task as a whole. */
function limitsOf({ task, definition }: Caller): Document {
  const { cpu, memory } = { ...definition.spec, ...task.spec.overrides };
  if (cpu === undefined && memory === undefined) return {};
  return {
    Limits: {
      ...(cpu !== undefined && { CPU: Number(task.status?.cpu ?? 0) / UNITS_PER_CPU }),
      ...(memory !== undefined && { Memory: Number(task.status?.memory ?? 0) }),
    },
  };
}
