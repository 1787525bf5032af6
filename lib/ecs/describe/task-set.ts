import type { ECSTaskSet } from "#model/generated/resources.generated.ts";
import type { TaskSet } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { clusterArn, clusterNameOf, type Identity, parseArn, serviceArn, taskSetArn } from "../arns.ts";
import { taskSetId } from "../task-set.ts";
import { taskDefinitionArnOf } from "./task-definition.ts";

/**
 * An ECSTaskSet as DescribeTaskSets shows it, tags included (the gateway drops them unless asked for). What the
 * operator has not seen yet is STABILIZING.
 * @param cluster ECS name of the cluster that it belongs to, where its status does not say it yet
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
 */
export function describeTaskSet(resource: ECSTaskSet, identity: Identity, cluster: string): TaskSet {
  const { spec, status, metadata } = resource;
  const { cluster: _cluster, service: _service, ...members } = spec;
  const service = serviceOfTaskSet(resource);
  const id = taskSetId(resource);
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const draining = metadata.deletionTimestamp !== undefined;
  return toWire("TaskSet", {
    ...((spec.capacityProviderStrategy ?? []).length === 0 && { launchType: "EC2" }),
    loadBalancers: [],
    serviceRegistries: [],
    tags: [],
    runningCount: 0,
    pendingCount: 0,
    computedDesiredCount: 0,
    status: "ACTIVE",
    stabilityStatus: "STABILIZING",
    createdAt: metadata.creationTimestamp,
    updatedAt: metadata.creationTimestamp,
    stabilityStatusAt: metadata.creationTimestamp,
    ...members,
    ...status,
    ...(!seen && { stabilityStatus: "STABILIZING" }),
    ...(draining && { status: "DRAINING" }),
    id,
    taskSetArn: taskSetArn(identity, cluster, service, id),
    serviceArn: serviceArn(identity, cluster, service),
    clusterArn: clusterArn(identity, cluster),
    taskDefinition: status?.taskDefinition ?? taskDefinitionArnOf(spec.taskDefinition, identity),
    scale: { value: spec.scale?.value ?? 0, unit: "PERCENT" },
  });
}

/** ECS name of the service that a task set is of. */
export function serviceOfTaskSet({ spec }: Pick<ECSTaskSet, "spec">): string {
  const parsed = parseArn(spec.service);
  return parsed?.type === "service" ? (parsed.path.at(-1) ?? "") : spec.service;
}

/** ECS name of the cluster of a task set, as far as it says it itself. */
export function clusterOfTaskSet({ spec, status }: Pick<ECSTaskSet, "spec" | "status">): string | undefined {
  if (status?.clusterName !== undefined) return status.clusterName;
  const parsed = parseArn(spec.service);
  if (parsed?.type === "service" && parsed.path.length > 1) return parsed.path[0];
  return spec.cluster === undefined || spec.cluster === "" ? undefined : clusterNameOf(spec.cluster);
}
