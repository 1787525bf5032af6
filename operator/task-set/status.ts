import { clusterArn, type Identity, serviceArn, taskSetArn } from "#lib/ecs/arns.ts";
import { capacityOf } from "#lib/ecs/capacity.ts";
import { taskSetDigits, taskSetId } from "#lib/ecs/task-set.ts";
import { type Progress, setConditions } from "#lib/kube/conditions.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import type { ECSTaskSet, ECSTaskSetStatus } from "#model/generated/resources.generated.ts";
import { isRolledOut } from "../service/deployments.ts";
import { settlesInMs } from "../service/settling.ts";
import type { Desired } from "../service/desired.ts";
import { type Counts, countsOf, progressOf } from "../service/progress.ts";
import { protectionEndsInMs } from "../service/protection.ts";
import type { Problem } from "../service/problem.ts";
import type { Orphan, TaskSetState } from "./state.ts";

export interface TaskSetOutcome {
  readonly status: ECSTaskSetStatus;
  /** When time alone will change the status: after so many milliseconds. */
  readonly againInMs?: number;
}

/** Of a task set whose service cannot be told: it keeps what it was. */
export function orphanStatus({ taskSet, problem }: Orphan, now: Date): ECSTaskSetStatus {
  const { generation } = taskSet.metadata;
  return {
    ...taskSet.status,
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(taskSet.status?.conditions, { stalled: problem }, generation, now),
  };
}

/**
 * The status of a task set from what is there; the same facts give the same status.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
 */
export function taskSetStatus(
  state: TaskSetState,
  desired: Desired,
  { identity, now, problem }: { identity: Identity; now: Date; problem?: Problem | undefined },
): TaskSetOutcome {
  const { taskSet, seen } = state;
  const { generation, creationTimestamp } = taskSet.metadata;
  const before = taskSet.status ?? {};
  const counts = { ...countsOf(seen), ...(isDeleting(taskSet) && { desiredCount: 0 }) };
  const stalled = problem ?? ("problem" in desired ? desired.problem : undefined);
  const settlesIn = settlesInMs(seen, taskSetDigits(taskSet), now);
  const steady = stalled === undefined && settlesIn === 0 && isSteady(state, counts);
  const arn = "digits" in desired ? desired.taskDefinitionArn : before.taskDefinition;
  const status: ECSTaskSetStatus = {
    ...identityOf(state, identity),
    ...(arn !== undefined && { taskDefinition: arn }),
    computedDesiredCount: counts.desiredCount,
    runningCount: counts.runningCount,
    pendingCount: counts.pendingCount,
    createdAt: creationTimestamp ?? now.toISOString(),
    ...launchOf(taskSet),
    stabilityStatus: steady ? "STEADY_STATE" : "STABILIZING",
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(before.conditions, progress(state, { stalled, steady, counts }), generation, now),
  };
  const againInMs = Math.min(protectionEndsInMs(seen, now), settlesIn || Infinity);
  return { status: { ...status, ...timesOf(before, status, now) }, ...(againInMs !== Infinity && { againInMs }) };
}

function identityOf({ taskSet, seen, service, primary }: TaskSetState, identity: Identity): ECSTaskSetStatus {
  const { serviceName, clusterName } = seen;
  const id = taskSetId(taskSet);
  const byCodeDeploy = service.spec.deploymentController?.type === "CODE_DEPLOY";
  return {
    id,
    taskSetArn: taskSetArn(identity, clusterName, serviceName, id),
    serviceArn: serviceArn(identity, clusterName, serviceName),
    clusterArn: clusterArn(identity, clusterName),
    clusterName,
    status: isDeleting(taskSet) ? "DRAINING" : primary ? "PRIMARY" : "ACTIVE",
    ...(byCodeDeploy && { startedBy: "CODE_DEPLOY" }),
  };
}

function isSteady({ taskSet, seen }: TaskSetState, { desiredCount, runningCount, pendingCount }: Counts): boolean {
  return (
    !isDeleting(taskSet) &&
    runningCount === desiredCount &&
    pendingCount === 0 &&
    isRolledOut(seen, taskSetDigits(taskSet))
  );
}

function launchOf({ spec, metadata }: ECSTaskSet): Partial<ECSTaskSetStatus> {
  const { launchType, capacityProviderName: provider, ...platform } = capacityOf(spec, metadata.name ?? "");
  return { ...(provider === undefined && { launchType }), ...platform };
}

function timesOf(
  before: ECSTaskSetStatus,
  after: ECSTaskSetStatus,
  now: Date,
): Pick<ECSTaskSetStatus, "stabilityStatusAt" | "updatedAt"> {
  const at = now.toISOString();
  const stable = before.stabilityStatus === after.stabilityStatus;
  const same =
    stable &&
    before.status === after.status &&
    before.computedDesiredCount === after.computedDesiredCount &&
    before.observedGeneration === after.observedGeneration;
  return {
    stabilityStatusAt: stable ? (before.stabilityStatusAt ?? at) : at,
    updatedAt: same ? (before.updatedAt ?? at) : at,
  };
}

function progress(
  { taskSet, seen }: TaskSetState,
  { stalled, steady, counts }: { stalled: Problem | undefined; steady: boolean; counts: Counts },
): Progress {
  const tasks = `${counts.runningCount} of ${counts.desiredCount} tasks run`;
  if (isDeleting(taskSet)) {
    return { reconciling: { reason: "Draining", message: `The task set is being deleted; ${tasks}.` } };
  }
  if (steady)
    return { ready: { reason: "SteadyState", message: `The task set has reached a steady state: ${tasks}.` } };
  return progressOf(seen, { stalled, steady, deployments: [], counts });
}
