import { clusterArn, serviceArn } from "#lib/ecs/arns.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { setConditions } from "#lib/kube/conditions.ts";
import type { DeploymentInResource, ECSService, ECSServiceStatus } from "#model/generated/resources.generated.ts";
import { deploymentEntries, FAILED_BY, isRolledOut, type Primary } from "./deployments.ts";
import type { Desired } from "./desired.ts";
import { earlySuccessInMs } from "./early-success.ts";
import { settlesInMs } from "./settling.ts";
import { type EventFacts, newEvents, withNewEvents } from "./events.ts";
import { selectorOf, selectorText } from "./names.ts";
import { type Counts, countsOf, progressOf } from "./progress.ts";
import { heldDeployment, protectionEndsInMs } from "./protection.ts";
import { type Targets, targetsOf, withProduction } from "../traffic/targets.ts";
import { currentMembers } from "./records.ts";
import { bakesInMs, completedBefore, concluded } from "./service-deployment.ts";
import { stageFacts } from "./stage-facts.ts";
import { advanced, stageDueInMs } from "./stages.ts";
import { hasOwnTaskSets } from "./initial-task-set.ts";
import type { Problem } from "./problem.ts";
import type { ServiceState } from "./state.ts";
import { heldForMs, zoneNews } from "./zone-balance.ts";
import type { StatusOptions, StatusOutcome } from "./status-outcome.ts";
import { statusWithTaskSets } from "./status-with-task-sets.ts";

/**
 * The status of a service from what is there; the same facts give the same status, so that nothing is written when
 * nothing has changed.
 */
export function serviceStatus(state: ServiceState, desired: Desired, options: StatusOptions): StatusOutcome {
  const stalled = options.problem ?? ("problem" in desired ? desired.problem : undefined);
  if (stalled?.reason === "NameConflict") {
    return { status: namesakeStatus(state, stalled, options.now), events: [] };
  }
  return hasOwnTaskSets(state)
    ? statusWithTaskSets(state, stalled, options)
    : fullStatus(state, primaryOf(state, desired), stalled, options);
}

/** Of a service whose ARN is another's: it has nothing to tell but that. */
function namesakeStatus({ service }: ServiceState, stalled: Problem, now: Date): ECSServiceStatus {
  const { generation } = service.metadata;
  const conditions = setConditions(service.status?.conditions, { stalled }, generation, now);
  return { ...(generation !== undefined && { observedGeneration: generation }), conditions };
}

function fullStatus(
  state: ServiceState,
  primary: Primary | undefined,
  stalled: Problem | undefined,
  { identity, now }: StatusOptions,
): StatusOutcome {
  const { service, clusterName, serviceName } = state;
  const { uid = "", generation, creationTimestamp } = service.metadata;
  const before = service.status ?? {};
  const told = before.events ?? [];
  const { deployments, rollout } = deploymentsOf(state, primary, stalled, now);
  const counts = countsOf(state);
  const settlesIn = primary ? settlesInMs(state, primary.digits, now) : 0;
  const steady =
    stalled === undefined && primary !== undefined && settlesIn === 0 && isSteady(state, primary, deployments, counts);
  const completed = justCompleted(deployments[0], before.deployments);
  const failure = justFailed(rollout, before.rollout);
  const held = heldDeployment(state, primary?.digits);
  const targets = targetsOf(service, withProduction(state.tasks, rollout));
  const facts = {
    serviceUid: uid,
    serviceName,
    before: told,
    tasks: state.tasks,
    completed,
    failure,
    held,
    targets: { before: before.targets, now: targets },
    steady,
    zoneNews: zoneNews(state),
  };
  const events = newEvents(facts, now);
  const progress = progressOf({ ...state, rollout }, { stalled, steady, deployments, counts });
  const status: ECSServiceStatus = {
    serviceArn: serviceArn(identity, clusterName, serviceName),
    clusterArn: clusterArn(identity, clusterName),
    clusterName,
    status: isDeleting(service) ? "DRAINING" : "ACTIVE",
    ...counts,
    ...(primary && { taskDefinition: primary.taskDefinition }),
    deployments,
    ...currentMembers(state, rollout, deployments, identity),
    ...rolloutMembers(rollout, service),
    events: withNewEvents(told, events),
    ...withTargets(targets),
    createdAt: creationTimestamp ?? now.toISOString(),
    selector: selectorText(selectorOf(service)),
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(before.conditions, progress, generation, now),
  };
  return {
    status,
    events,
    ...againAfter(
      Math.min(protectionEndsInMs(state, now), rolloutDueInMs({ ...state, rollout }, primary, now)),
      settlesIn,
      bakesInMs(state, rollout, now),
      heldForMs(state),
    ),
  };
}

/** When time alone brings the service deployment on; Infinity where it does not. */
function rolloutDueInMs(state: ServiceState, primary: Primary | undefined, now: Date): number {
  const { rollout } = state;
  if (rollout === undefined || primary === undefined) return Infinity;
  const earlyInMs = earlySuccessInMs(state, primary.digits, now) || Infinity;
  return Math.min(earlyInMs, stageDueInMs(rollout, stageFacts(state, rollout, now)));
}

const withTargets = (targets: Targets[]): Pick<ECSServiceStatus, "targets"> => (targets.length > 0 ? { targets } : {});

/** `deployments[]`, and the service deployment as it stands with them. */
function deploymentsOf(state: ServiceState, primary: Primary | undefined, stalled: Problem | undefined, now: Date) {
  const rollout = state.rollout ?? state.service.status?.rollout;
  if (primary === undefined) return { deployments: [], rollout };
  const deployments = deploymentEntries(state, primary, now);
  const after =
    rollout && !isDeleting(state.service)
      ? concluded(state, oneStageOn(state, rollout, stalled, now), deployments[0], now)
      : rollout;
  // What failed is no longer shown once the service has returned.
  return {
    deployments: after === rollout ? deployments : deploymentEntries({ ...state, rollout: after }, primary, now),
    rollout: after,
  };
}

/** What its stage asks for must have been done, so it must have been written down before. */
function oneStageOn(state: ServiceState, rollout: Rollout, stalled: Problem | undefined, now: Date): Rollout {
  const isActedOn = state.service.status?.rollout?.id === rollout.id && stalled === undefined;
  return isActedOn ? advanced(rollout, stageFacts(state, rollout, now)) : rollout;
}

function rolloutMembers(
  rollout: Rollout | undefined,
  service: ECSService,
): Pick<ECSServiceStatus, "rollout" | "lastCompleted"> {
  const { rollout: before, lastCompleted: known } = service.status ?? {};
  const isNew = rollout !== undefined && rollout.id !== before?.id;
  const lastCompleted = isNew ? completedBefore(service) : known;
  const completes = rollout?.status === "SUCCESSFUL" && (isNew || before?.status !== "SUCCESSFUL");
  const completed = completes ? { revision: rollout.revision, deployment: rollout.deployment } : lastCompleted;
  return { ...(rollout && { rollout }), ...(completed && { lastCompleted: completed }) };
}

/**
 * @param atMost milliseconds; Infinity where there is nothing to wait for
 * @param waits milliseconds; 0 where there is nothing to wait for
 */
function againAfter(atMost: number, ...waits: readonly number[]): Pick<StatusOutcome, "againInMs"> {
  const againInMs = Math.min(atMost, ...waits.map((wait) => wait || Infinity));
  return againInMs === Infinity ? {} : { againInMs };
}

/** The deployment that is wanted; when that cannot be said, the one that the Deployment was last told. */
function primaryOf({ deployment, daemonSet, service }: ServiceState, desired: Desired): Primary | undefined {
  if ("digits" in desired) return { digits: desired.digits, taskDefinition: desired.taskDefinitionArn };
  const digits = (deployment ?? daemonSet)?.spec?.template.metadata?.labels?.[LABELS.deployment];
  const taskDefinition = service.status?.taskDefinition;
  return digits === undefined || taskDefinition === undefined ? undefined : { digits, taskDefinition };
}

function isSteady(
  state: ServiceState,
  primary: Primary,
  deployments: readonly DeploymentInResource[],
  { desiredCount, runningCount, pendingCount }: Counts,
): boolean {
  return (
    deployments.length === 1 &&
    deployments[0]?.rolloutState === "COMPLETED" &&
    runningCount === desiredCount &&
    pendingCount === 0 &&
    isRolledOut(state, primary.digits)
  );
}

/** What has failed now and had not before, for the events. */
function justFailed(rollout: Rollout | undefined, before: Rollout | undefined): EventFacts["failure"] {
  if (rollout?.failedBy === undefined) return undefined;
  if (before?.id === rollout.id && before.failedBy !== undefined) return undefined;
  const { deployment, failedBy, rollback } = rollout;
  return {
    deployment: deploymentId(deployment),
    what: FAILED_BY[failedBy].what,
    ...(rollback && { returnsTo: deploymentId(rollback.deployment) }),
  };
}

/** Id of the PRIMARY deployment if it is complete and was not so before. */
function justCompleted(
  primary: DeploymentInResource | undefined,
  before: readonly DeploymentInResource[] | undefined,
): string | undefined {
  if (primary?.rolloutState !== "COMPLETED") return undefined;
  const same = before?.find(({ id, createdAt }) => id === primary.id && createdAt === primary.createdAt);
  return same?.rolloutState === "COMPLETED" ? undefined : primary.id;
}
