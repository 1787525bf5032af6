import { clusterNameOf, type Identity, parseArn, parseTaskDefinition, serviceArn } from "#lib/ecs/arns.ts";
import { describeCapacityProvider, describeDeletedCapacityProvider } from "#lib/ecs/describe/capacity-provider.ts";
import {
  type ClusterOfNamespace,
  clusterNameOfResource,
  clusterOf,
  DEFAULT_CLUSTER,
  namespaceOfResource,
} from "#lib/ecs/cluster-of.ts";
import { describeCluster, describeDeletedCluster } from "#lib/ecs/describe/cluster.ts";
import { describeScalableTarget, resourceIdOf } from "#lib/ecs/describe/scalable-target.ts";
import { describeRule, describeSchedule, scheduleArn } from "#lib/ecs/describe/schedule.ts";
import { describeDeletedService, describeService, serviceNameOf } from "#lib/ecs/describe/service.ts";
import {
  describeDeletedServiceDeployment,
  describeServiceDeployment,
  describeServiceRevision,
} from "#lib/ecs/describe/service-deployment.ts";
import { describeDeletedTask, describeTask } from "#lib/ecs/describe/task.ts";
import { describeTaskDefinition } from "#lib/ecs/describe/task-definition.ts";
import { clusterOfTaskSet, describeTaskSet, serviceOfTaskSet } from "#lib/ecs/describe/task-set.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { isRule, scheduleNameOf } from "#lib/ecs/schedule/timing.ts";
import type {
  ECSCapacityProvider,
  ECSCluster,
  ECSScalableTarget,
  ECSSchedule,
  ECSService,
  ECSServiceDeployment,
  ECSServiceRevision,
  ECSTask,
  ECSTaskDefinition,
  ECSTaskSet,
} from "#model/generated/resources.generated.ts";
import type { ProjectedResource, RowOf } from "./tables.ts";

/** What a row depends on beside the resource itself. */
export interface RowContext {
  readonly identity: Identity;
  readonly clusterOfNamespace: ClusterOfNamespace;
  readonly now: Date;
  /** The version that the row stands for; of a deleted resource that of its deletion. */
  readonly resourceVersion: string;
  /** Set once the resource is gone. */
  readonly deletedAt?: Date | undefined;
}

/** A current-state row with its table. */
export type StateRow =
  | { readonly table: "clusters"; readonly row: RowOf<"clusters"> }
  | { readonly table: "services"; readonly row: RowOf<"services"> }
  | { readonly table: "tasks"; readonly row: RowOf<"tasks"> }
  | { readonly table: "task_definitions"; readonly row: RowOf<"task_definitions"> }
  | { readonly table: "capacity_providers"; readonly row: RowOf<"capacity_providers"> }
  | { readonly table: "schedules"; readonly row: RowOf<"schedules"> }
  | { readonly table: "scalable_targets"; readonly row: RowOf<"scalable_targets"> }
  | { readonly table: "service_deployments"; readonly row: RowOf<"service_deployments"> }
  | { readonly table: "service_revisions"; readonly row: RowOf<"service_revisions"> }
  | { readonly table: "task_sets"; readonly row: RowOf<"task_sets"> };

/**
 * A resource → its row of the current state; undefined where nothing is to be seen of it any more: deleted task
 * definitions, task sets, schedules and scalable targets, and deleted tasks that had stopped. Deleted clusters, services and
 * capacity providers stay as INACTIVE, a task that was deleted before it had stopped as STOPPED; service deployments
 * and revisions stay as the history that they are.
 */
export function stateRow(object: ProjectedResource, context: RowContext): StateRow | undefined {
  if (context.deletedAt !== undefined && isForgotten(object)) return undefined;
  switch (object.kind) {
    case "ECSCluster":
      return { table: "clusters", row: clusterRow(object, context) };
    case "ECSService":
      return { table: "services", row: serviceRow(object, context) };
    case "ECSTask":
      return { table: "tasks", row: taskRow(object, context) };
    case "ECSServiceDeployment":
      return { table: "service_deployments", row: serviceDeploymentRow(object, context) };
    case "ECSServiceRevision":
      return { table: "service_revisions", row: serviceRevisionRow(object, context) };
    case "ECSCapacityProvider":
      return { table: "capacity_providers", row: capacityProviderRow(object, context) };
    case "ECSSchedule":
      return { table: "schedules", row: scheduleRow(object, context) };
    case "ECSScalableTarget":
      return { table: "scalable_targets", row: scalableTargetRow(object, context) };
    case "ECSTaskSet":
      return { table: "task_sets", row: taskSetRow(object, context) };
    default:
      return { table: "task_definitions", row: taskDefinitionRow(object, context) };
  }
}

const FORGOTTEN: ReadonlySet<string> = new Set(["ECSTaskDefinition", "ECSSchedule", "ECSScalableTarget", "ECSTaskSet"]);

/** Whether nothing is to be seen of a resource of that kind once it is deleted. */
function isForgotten(object: ProjectedResource): boolean {
  return object.kind === "ECSTask" ? object.status?.lastStatus === "STOPPED" : FORGOTTEN.has(object.kind);
}

function clusterRow(object: ECSCluster, context: RowContext): RowOf<"clusters"> {
  const describe = context.deletedAt === undefined ? describeCluster : describeDeletedCluster;
  const doc = describe(object, context.identity);
  return {
    ...commonCells(object, context),
    arn: doc.clusterArn,
    cluster_name: clusterNameOfResource(object),
    status: doc.status,
    owned_namespace: namespaceOfResource(object),
    doc: JSON.stringify(doc),
  };
}

function serviceRow(object: ECSService, context: RowContext): RowOf<"services"> {
  const membership = membershipOf(object, context);
  const describe = context.deletedAt === undefined ? describeService : describeDeletedService;
  const doc = describe(object, context.identity, membership.cluster_name);
  return {
    ...commonCells(object, context),
    ...membership,
    arn: doc.serviceArn,
    service_name: serviceNameOf(object),
    status: doc.status,
    launch_type: doc.launchType,
    scheduling_strategy: doc.schedulingStrategy,
    resource_management_type: doc.resourceManagementType,
    client_token: object.metadata.annotations?.[ANNOTATIONS.clientToken],
    doc: JSON.stringify(doc),
  };
}

function taskRow(object: ECSTask, context: RowContext): RowOf<"tasks"> {
  const { identity, deletedAt } = context;
  const membership = membershipOf(object, context);
  const last = describeTask(object, identity, membership.cluster_name);
  const doc = deletedAt === undefined ? last : describeDeletedTask(last, deletedAt.getTime() / 1000);
  const service = doc.group?.startsWith("service:") === true ? doc.group.slice("service:".length) : undefined;
  return {
    ...commonCells(object, context),
    ...membership,
    arn: doc.taskArn,
    service_name: service,
    service_arn: service === undefined ? undefined : serviceArn(identity, membership.cluster_name, service),
    family: parseTaskDefinition(doc.taskDefinitionArn ?? "")?.family,
    status: doc.lastStatus,
    desired_status: doc.desiredStatus,
    launch_type: doc.launchType,
    group_name: doc.group,
    started_by: doc.startedBy,
    container_instance_arn: doc.containerInstanceArn,
    client_token: object.metadata.annotations?.[ANNOTATIONS.clientToken],
    doc: JSON.stringify(doc),
  };
}

function taskDefinitionRow(object: ECSTaskDefinition, context: RowContext): RowOf<"task_definitions"> {
  const doc = describeTaskDefinition(object, context.identity);
  return {
    ...commonCells(object, context),
    arn: doc.taskDefinitionArn,
    family: doc.family,
    revision: doc.revision,
    status: doc.status,
    tags: JSON.stringify(object.spec.tags ?? []),
    doc: JSON.stringify(doc),
  };
}

function capacityProviderRow(object: ECSCapacityProvider, context: RowContext): RowOf<"capacity_providers"> {
  const describe = context.deletedAt === undefined ? describeCapacityProvider : describeDeletedCapacityProvider;
  const doc = describe(object, context.identity);
  return {
    ...commonCells(object, context),
    arn: doc.capacityProviderArn,
    provider_name: doc.name,
    cluster_name: object.spec.cluster === undefined ? undefined : clusterNameOf(object.spec.cluster),
    status: doc.status,
    doc: JSON.stringify(doc),
  };
}

function scheduleRow(object: ECSSchedule, context: RowContext): RowOf<"schedules"> {
  const { identity, clusterOfNamespace } = context;
  const cluster = clusterOfNamespace(object.metadata.namespace ?? "") ?? DEFAULT_CLUSTER;
  const doc = isRule(object) ? describeRule(object, identity, cluster) : describeSchedule(object, identity, cluster);
  return {
    ...commonCells(object, context),
    arn: scheduleArn(object, identity),
    schedule_type: object.spec.type ?? "SCHEDULE",
    schedule_name: scheduleNameOf(object),
    state: object.spec.state ?? "ENABLED",
    tags: JSON.stringify(object.spec.tags ?? []),
    doc: JSON.stringify(doc),
  };
}

function scalableTargetRow(object: ECSScalableTarget, context: RowContext): RowOf<"scalable_targets"> {
  const resourceId = resourceIdOf(object, context.clusterOfNamespace);
  const doc = describeScalableTarget(object, resourceId, context.identity);
  return {
    ...commonCells(object, context),
    arn: doc.target.ScalableTargetARN,
    resource_id: resourceId,
    tags: JSON.stringify(Object.entries(object.spec.tags ?? {}).map(([key, value]) => ({ key, value }))),
    doc: JSON.stringify(doc),
  };
}

function serviceDeploymentRow(object: ECSServiceDeployment, context: RowContext): RowOf<"service_deployments"> {
  const { identity, deletedAt } = context;
  const doc =
    deletedAt === undefined
      ? describeServiceDeployment(object, identity)
      : describeDeletedServiceDeployment(object, identity, deletedAt);
  return {
    ...commonCells(object, context),
    ...serviceCells(object),
    created_at: object.status?.createdAt ?? object.metadata.creationTimestamp ?? context.now,
    arn: doc.serviceDeploymentArn,
    status: doc.status,
    doc: JSON.stringify(doc),
  };
}

function serviceRevisionRow(object: ECSServiceRevision, context: RowContext): RowOf<"service_revisions"> {
  const doc = describeServiceRevision(object, context.identity);
  return {
    ...commonCells(object, context),
    ...serviceCells(object),
    arn: doc.serviceRevisionArn,
    doc: JSON.stringify(doc),
  };
}

function taskSetRow(object: ECSTaskSet, context: RowContext): RowOf<"task_sets"> {
  const { namespace = "" } = object.metadata;
  const cluster = clusterOfTaskSet(object) ?? context.clusterOfNamespace(namespace) ?? DEFAULT_CLUSTER;
  const doc = describeTaskSet(object, context.identity, cluster);
  return {
    ...commonCells(object, context),
    arn: doc.taskSetArn,
    cluster_name: cluster,
    service_name: serviceOfTaskSet(object),
    service_uid: serviceUidOf(object),
    status: doc.status,
    doc: JSON.stringify(doc),
  };
}

function serviceUidOf({ metadata }: ProjectedResource): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === "ECSService")?.uid;
}

function serviceCells(object: ECSServiceDeployment | ECSServiceRevision) {
  const { cluster = "", service = "" } = object.spec;
  return { cluster_name: cluster, service_name: service, service_uid: serviceUidOf(object) };
}

function commonCells({ metadata }: ProjectedResource, context: RowContext) {
  return {
    uid: metadata.uid ?? "",
    namespace: metadata.namespace,
    name: metadata.name ?? "",
    resource_version: context.resourceVersion,
    created_at: metadata.creationTimestamp ?? context.now,
    updated_at: context.now,
    deleted_at: context.deletedAt,
  };
}

/** The operator's word (status) counts; before it, the spec and the namespace say which cluster it is. */
function membershipOf(object: ECSService | ECSTask, context: RowContext) {
  const resolved = object.status?.clusterArn;
  const said = object.spec.cluster !== undefined && object.spec.cluster !== "";
  return {
    cluster_name:
      (resolved === undefined ? undefined : parseArn(resolved)?.path.join("/")) ??
      clusterOf(object, context.clusterOfNamespace),
    implicit_cluster: resolved === undefined && !said,
  };
}
