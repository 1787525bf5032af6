import type { ECSTask } from "#model/generated/resources.generated.ts";
import type { Task } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { clusterArn, containerInstanceArn, type Identity, parseArn, parseTaskDefinition, taskArn } from "../arns.ts";
import { capacityOf } from "../capacity.ts";
import { taskDefinitionArnOf } from "./task-definition.ts";

/** `stoppedReason` of a task whose ECSTask was deleted before it had been stopped. */
export const DELETED_TASK_REASON = "Task deleted through the Kubernetes API";

/**
 * An ECSTask as DescribeTasks shows it, tags included (the gateway drops them unless asked for). Before the operator
 * has written a status it is PROVISIONING.
 * @param cluster ECS name of the cluster that the task belongs to, where its status does not say it yet.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
 */
export function describeTask(resource: ECSTask, identity: Identity, cluster: string): Task {
  const { spec, status, metadata } = resource;
  const id = metadata.name ?? "";
  return toWire("Task", {
    attachments: [],
    attributes: [],
    containers: [],
    lastStatus: "PROVISIONING",
    healthStatus: "UNKNOWN",
    enableExecuteCommand: false,
    ...spec,
    ...capacityOf(spec, id),
    group: spec.group ?? defaultGroup(spec.taskDefinition),
    tags: spec.tags ?? [],
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [], ...spec.overrides },
    containerInstanceArn: instanceArn(spec.containerInstance, identity, cluster),
    version: metadata.generation ?? 1,
    createdAt: metadata.creationTimestamp,
    ...stopOf(resource),
    ...status,
    taskArn: status?.taskArn ?? taskArn(identity, cluster, id),
    clusterArn: status?.clusterArn ?? clusterArn(identity, cluster),
    taskDefinitionArn: status?.taskDefinitionArn ?? taskDefinitionArnOf(spec.taskDefinition, identity),
    desiredStatus: isToStop(resource) ? "STOPPED" : "RUNNING",
  });
}

/**
 * How a task is shown whose ECSTask was deleted before it had been seen stopped.
 * @param stoppedAt epoch seconds of the deletion.
 */
export function describeDeletedTask(task: Task, stoppedAt: number): Task {
  return {
    ...task,
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: task.stopCode ?? "UserInitiated",
    stoppedReason: task.stoppedReason ?? DELETED_TASK_REASON,
    stoppingAt: task.stoppingAt ?? stoppedAt,
    executionStoppedAt: task.executionStoppedAt ?? stoppedAt,
    stoppedAt: task.stoppedAt ?? stoppedAt,
    ...(task.containers && {
      containers: task.containers.map((container) => ({ ...container, lastStatus: "STOPPED" })),
    }),
  };
}

function isToStop({ spec, status, metadata }: ECSTask): boolean {
  return (
    spec.desiredStatus === "STOPPED" || status?.desiredStatus === "STOPPED" || metadata.deletionTimestamp !== undefined
  );
}

function stopOf({ spec, metadata }: ECSTask): object {
  if (spec.desiredStatus === "STOPPED") return { stopCode: spec.stopCode, stoppedReason: spec.stoppedReason };
  return metadata.deletionTimestamp === undefined
    ? {}
    : { stopCode: "UserInitiated", stoppedReason: DELETED_TASK_REASON };
}

/** The group of a task that names none: its family's. */
export function defaultGroup(taskDefinition: string): string | undefined {
  const family = parseTaskDefinition(taskDefinition)?.family;
  return family === undefined ? undefined : `family:${family}`;
}

function instanceArn(reference: string | undefined, identity: Identity, cluster: string): string | undefined {
  if (reference === undefined || parseArn(reference) !== undefined) return reference;
  return containerInstanceArn(identity, cluster, reference);
}
