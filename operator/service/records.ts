import { clusterArn, type Identity, serviceArn, serviceDeploymentArn, serviceRevisionArn } from "#lib/ecs/arns.ts";
import { failureThreshold } from "#lib/ecs/circuit-breaker.ts";
import { deploymentConfigurationOf } from "#lib/ecs/deployment-configuration.ts";
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import { type Lifecycle, shownHooks, shownStage } from "#lib/ecs/lifecycle.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";
import { type Progress, setConditions } from "#lib/kube/conditions.ts";
import { controllerReference } from "#lib/kube/owners.ts";
import type {
  DeploymentInResource,
  ECSServiceDeployment,
  ECSServiceDeploymentStatus,
  ECSServiceRevision,
  ECSServiceStatus,
} from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type {
  ServiceDeploymentAlarms,
  ServiceDeploymentCircuitBreaker,
  ServiceRevisionSummary,
} from "#model/generated/types.generated.ts";
import { desiredCountOf } from "./desired-count.ts";
import { recordedImages, recordedMembers } from "./revision.ts";
import { isOver } from "./service-deployment.ts";
import type { ServiceState } from "./state.ts";

/** Service deployments that have ended and are kept in Kubernetes for each service. */
const KEPT = 10;

/** The record of what a service deployment deploys; it goes with the service. */
export function revisionRecord(
  state: ServiceState,
  { revision, deployment, taskDefinition }: Rollout,
): ECSServiceRevision {
  const { service, serviceName: name, clusterName: cluster, images } = state;
  const forcedDeployment = service.metadata.annotations?.[ANNOTATIONS.forcedDeployment];
  return {
    apiVersion: RESOURCES.ECSServiceRevision.apiVersion,
    kind: RESOURCES.ECSServiceRevision.kind,
    metadata: recordMetadata(state, revision),
    spec: {
      service: name,
      cluster,
      id: revision,
      deployment,
      taskDefinition,
      ...recordedMembers(service),
      containerImages: recordedImages(images) ?? [],
      ...(forcedDeployment !== undefined && { forcedDeployment }),
    },
  };
}

/** The record of a service deployment, whose status follows. */
export function deploymentRecord(state: ServiceState, { id }: Rollout): ECSServiceDeployment {
  return {
    apiVersion: RESOURCES.ECSServiceDeployment.apiVersion,
    kind: RESOURCES.ECSServiceDeployment.kind,
    metadata: recordMetadata(state, id),
    spec: { service: state.serviceName, cluster: state.clusterName, id },
  };
}

function recordMetadata(
  { service, serviceName, clusterName }: ServiceState,
  id: string,
): ECSServiceRevision["metadata"] {
  const { name = "", namespace = "" } = service.metadata;
  return {
    name: `${name}-${id}`,
    namespace,
    labels: {
      [LABELS.managedBy]: MANAGED_BY,
      [LABELS.cluster]: labelValue(clusterName),
      [LABELS.service]: labelValue(serviceName),
    },
    ownerReferences: [controllerReference(RESOURCES.ECSService, service)],
  };
}

/**
 * The status of a service deployment's record, as DescribeServiceDeployments shows it.
 * @param entries `deployments[]` of the service as they are now
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
 */
export function deploymentRecordStatus(
  state: ServiceState,
  rollout: Rollout,
  { entries, before, identity, now }: RecordContext,
): ECSServiceDeploymentStatus {
  const { clusterName, serviceName, service } = state;
  const { statusReason, finishedAt, createdAt } = rollout;
  const status: ECSServiceDeploymentStatus = {
    serviceDeploymentArn: serviceDeploymentArn(identity, clusterName, serviceName, rollout.id),
    serviceArn: serviceArn(identity, clusterName, serviceName),
    clusterArn: clusterArn(identity, clusterName),
    createdAt,
    startedAt: createdAt,
    ...(finishedAt !== undefined && { finishedAt }),
    ...(rollout.status === "STOPPED" && finishedAt !== undefined && { stoppedAt: finishedAt }),
    ...revisionsOf(state, rollout, entries, identity),
    status: rollout.status,
    ...(statusReason !== undefined && { statusReason }),
    ...lifecycleMembers(rollout.lifecycle),
    deploymentConfiguration: deploymentConfigurationOf(service.spec),
    deploymentCircuitBreaker: breakerOf(state, rollout),
    alarms: alarmsOf(state, rollout),
    observedGeneration: before?.metadata.generation ?? 1,
    conditions: setConditions(before?.status?.conditions, progressOf(rollout), before?.metadata.generation ?? 1, now),
  };
  return { ...status, updatedAt: updatedAt(before?.status, status, now) };
}

function lifecycleMembers(
  lifecycle: Lifecycle | undefined,
): Pick<ECSServiceDeploymentStatus, "lifecycleStage" | "lifecycleHookDetails"> {
  if (lifecycle === undefined) return {};
  return { lifecycleStage: shownStage(lifecycle), lifecycleHookDetails: shownHooks(lifecycle) };
}

/** The shares of the traffic that are directed to the service revision that is deployed, or to the one before. */
function weightsOf(
  lifecycle: Lifecycle | undefined,
  isTarget: boolean,
): Pick<ServiceRevisionSummary, "requestedProductionTrafficWeight" | "requestedTestTrafficWeight"> {
  if (lifecycle === undefined) return {};
  const { production, test } = lifecycle;
  return {
    requestedProductionTrafficWeight: isTarget ? production : rest(production),
    requestedTestTrafficWeight: isTarget ? test : rest(test),
  };
}

const rest = (weight: number): number => Math.round((100 - weight) * 10) / 10;

function revisionsOf(
  { clusterName, serviceName, serviceRevisions }: ServiceState,
  { revision, deployment, sourceRevision, rollback, lifecycle }: Rollout,
  entries: readonly DeploymentInResource[],
  identity: Identity,
): Pick<ECSServiceDeploymentStatus, "sourceServiceRevisions" | "targetServiceRevision" | "rollback"> {
  const arnOf = (id: string): string => serviceRevisionArn(identity, clusterName, serviceName, id);
  const summary = (id: string, digits: string | undefined): ServiceRevisionSummary => ({
    arn: arnOf(id),
    ...countsOf(entries.find((entry) => digits !== undefined && entry.id === deploymentId(digits))),
    ...weightsOf(lifecycle, id === revision),
  });
  const source = serviceRevisions.find(({ spec }) => spec.id === sourceRevision)?.spec;
  return {
    sourceServiceRevisions: sourceRevision === undefined ? [] : [summary(sourceRevision, source?.deployment)],
    targetServiceRevision: summary(revision, deployment),
    ...(rollback && {
      rollback: {
        reason: rollback.reason,
        startedAt: rollback.startedAt,
        serviceRevisionArn: arnOf(rollback.revision),
      },
    }),
  };
}

function alarmsOf({ service }: ServiceState, { alarms, triggeredAlarms }: Rollout): ServiceDeploymentAlarms {
  const { enable, alarmNames = [] } = service.spec.deploymentConfiguration?.alarms ?? {};
  return {
    status: enable === true ? (alarms ?? "MONITORING") : "DISABLED",
    alarmNames,
    ...(triggeredAlarms && { triggeredAlarmNames: triggeredAlarms }),
  };
}

export interface RecordContext {
  readonly entries: readonly DeploymentInResource[];
  readonly before: ECSServiceDeployment | undefined;
  readonly identity: Identity;
  readonly now: Date;
}

/**
 * How a service deployment ends that a newer one has taken the place of.
 * @param completed digits of the service revision that counts as completed then
 */
export function supersededStatus(
  { status = {}, metadata }: ECSServiceDeployment,
  completed: string | undefined,
  now: Date,
): ECSServiceDeploymentStatus {
  const at = now.toISOString();
  if (completed !== undefined && status.targetServiceRevision?.arn?.endsWith(`/${completed}`) === true) {
    const conditions = setConditions(status.conditions, SUCCESS, metadata.generation, now);
    return { ...status, status: "SUCCESSFUL", finishedAt: at, updatedAt: at, conditions };
  }
  const reason = "Service deployment stopped because a newer one has begun.";
  const conditions = setConditions(
    status.conditions,
    { stalled: { reason: "Superseded", message: reason } },
    metadata.generation,
    now,
  );
  return {
    ...status,
    status: "STOPPED",
    statusReason: reason,
    finishedAt: at,
    stoppedAt: at,
    updatedAt: at,
    conditions,
  };
}

/** Whether a record still waits for its end. */
export function isUnderWay({ status }: ECSServiceDeployment): boolean {
  return status?.finishedAt === undefined;
}

/** `currentServiceDeployment` and `currentServiceRevisions` of a service. */
export function currentMembers(
  state: ServiceState,
  rollout: Rollout | undefined,
  entries: readonly DeploymentInResource[],
  identity: Identity,
): Pick<ECSServiceStatus, "currentServiceDeployment" | "currentServiceRevisions"> {
  const { clusterName, serviceName, serviceRevisions } = state;
  if (rollout === undefined) return {};
  const currentServiceRevisions = entries.flatMap((entry) => {
    const revision = revisionOf(entry.id, rollout) ?? newestOf(serviceRevisions, entry.id)?.spec.id;
    if (revision === undefined) return [];
    const arn = serviceRevisionArn(identity, clusterName, serviceName, revision);
    return [{ arn, ...countsOf(entry), ...weightsOf(rollout.lifecycle, revision === rollout.revision) }];
  });
  return {
    currentServiceDeployment: serviceDeploymentArn(identity, clusterName, serviceName, rollout.id),
    currentServiceRevisions,
  };
}

function revisionOf(id: string | undefined, { deployment, revision, rollback }: Rollout): string | undefined {
  if (id === deploymentId(deployment)) return revision;
  return rollback !== undefined && id === deploymentId(rollback.deployment) ? rollback.revision : undefined;
}

function newestOf(revisions: readonly ECSServiceRevision[], id: string | undefined): ECSServiceRevision | undefined {
  return revisions
    .filter(({ spec }) => spec.deployment !== undefined && deploymentId(spec.deployment) === id)
    .sort((a, b) => ageOf(b).localeCompare(ageOf(a)))[0];
}

/**
 * The records that are no longer kept in Kubernetes: service deployments that ended before the last {@link KEPT}, and
 * service revisions that none of those left, and nothing in the service, refers to.
 */
export function outdatedRecords(state: ServiceState): (ECSServiceDeployment | ECSServiceRevision)[] {
  const { serviceDeployments, serviceRevisions, rollout, service } = state;
  const ended = serviceDeployments
    .filter((each) => !isUnderWay(each) && each.spec.id !== rollout?.id)
    .sort((a, b) => ageOf(b).localeCompare(ageOf(a)));
  const outdated = ended.slice(KEPT);
  if (outdated.length === 0) return [];
  const kept = serviceDeployments.filter((each) => !outdated.includes(each));
  const referred = kept.flatMap(({ status }) => [
    status?.targetServiceRevision?.arn,
    status?.rollback?.serviceRevisionArn,
    ...(status?.sourceServiceRevisions ?? []).map(({ arn }) => arn),
  ]);
  const inUse = new Set(referred.map((arn) => arn?.split("/").at(-1)));
  for (const id of [rollout?.revision, rollout?.rollback?.revision, service.status?.lastCompleted?.revision])
    inUse.add(id);
  return [...outdated, ...serviceRevisions.filter(({ spec }) => !inUse.has(spec.id))];
}

const ageOf = ({ metadata, spec }: ECSServiceDeployment | ECSServiceRevision): string =>
  `${metadata.creationTimestamp ?? ""} ${spec.id ?? ""}`;

function countsOf(entry: DeploymentInResource | undefined) {
  return {
    requestedTaskCount: entry?.desiredCount ?? 0,
    runningTaskCount: entry?.runningCount ?? 0,
    pendingTaskCount: entry?.pendingCount ?? 0,
  };
}

function breakerOf({ service }: ServiceState, rollout: Rollout): ServiceDeploymentCircuitBreaker {
  const breaker = service.spec.deploymentConfiguration?.deploymentCircuitBreaker;
  const threshold = failureThreshold(breaker, desiredCountOf(service));
  const watched = isOver(rollout) || rollout.rollback !== undefined ? "MONITORING_COMPLETE" : "MONITORING";
  const triggered = rollout.failedBy === "CIRCUIT_BREAKER" ? "TRIGGERED" : watched;
  return { status: breaker?.enable === true ? triggered : "DISABLED", failureCount: rollout.failures, threshold };
}

const SUCCESS: Progress = { ready: { reason: "Successful", message: "The service deployment is complete." } };

/** Reasons of conditions. */
const REASONS: Readonly<Record<NonNullable<Rollout["failedBy"]>, string>> = {
  CIRCUIT_BREAKER: "TasksFailed",
  ALARMS: "AlarmDetected",
  REQUEST: "Stopped",
  HOOK: "HookFailed",
  STAGE_TIMEOUT: "StageTimeout",
};

function progressOf({ status, statusReason = "", failedBy, lifecycle }: Rollout): Progress {
  if (status === "SUCCESSFUL") return SUCCESS;
  if (status === "IN_PROGRESS") {
    const stage = lifecycle === undefined ? "" : `: ${lifecycle.stage}`;
    return { reconciling: { reason: "InProgress", message: `The service deployment is in progress${stage}.` } };
  }
  const reason = REASONS[failedBy ?? "REQUEST"];
  return status === "ROLLBACK_IN_PROGRESS"
    ? { reconciling: { reason, message: statusReason } }
    : { stalled: { reason, message: statusReason } };
}

/** Moves with the state, not with each task. */
function updatedAt(
  before: ECSServiceDeploymentStatus | undefined,
  after: ECSServiceDeploymentStatus,
  now: Date,
): string {
  const same =
    before?.status === after.status &&
    before?.statusReason === after.statusReason &&
    before?.lifecycleStage === after.lifecycleStage;
  return same ? (before?.updatedAt ?? now.toISOString()) : now.toISOString();
}
