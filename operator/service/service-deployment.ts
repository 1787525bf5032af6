import { createHash } from "node:crypto";

import { failureThreshold } from "#lib/ecs/circuit-breaker.ts";
import type { Completed, Rollout } from "#lib/ecs/rollout.ts";
import { deploymentId, stableDigits } from "#lib/ecs/service-deployment.ts";
import { isOpen } from "#lib/ecs/lifecycle.ts";
import type { DeploymentInResource, ECSService } from "#model/generated/resources.generated.ts";
import { bakeMs, raisedAlarms, watchOf } from "./alarms.ts";
import { desiredCountOf } from "./desired-count.ts";
import { failuresOf } from "./failures.ts";
import { failedHook } from "./hooks.ts";
import { liveDeployments } from "./live-deployments.ts";
import { firstStage, isOverdue, takenBack } from "./stages.ts";
import type { ServiceState } from "./state.ts";

/** The ECS deployment that a service's spec asks for. */
export interface Asked {
  /** The digits after `ecs-svc/`. */
  readonly digits: string;
  readonly taskDefinition: string;
}

/** Why a service deployment is to end before it is complete. */
interface Failure {
  readonly by: NonNullable<Rollout["failedBy"]>;
  readonly rollback: boolean;
  readonly triggeredAlarms?: string[];
}

const CAUSES: Readonly<Record<Exclude<Failure["by"], "HOOK">, string>> = {
  CIRCUIT_BREAKER: "the circuit breaker threshold was exceeded.",
  ALARMS: "of one or more active alarms.",
  REQUEST: "of a request to stop it.",
  STAGE_TIMEOUT: "a lifecycle stage took longer than 24 hours.",
};
/** As many characters as ECS's ids of service deployments have. */
const ID_LENGTH = 21;
const NO_CANDIDATE = "No rollback candidate was found to run the rollback.";

/** Whether the service deployment has come to an end, good or bad. */
export function isOver({ status }: Rollout): boolean {
  return status !== "IN_PROGRESS" && status !== "ROLLBACK_IN_PROGRESS";
}

/** Whether it has failed and there is nothing that it returns to: then no further tasks are started. */
export function isFrozen(rollout: Rollout | undefined): boolean {
  return rollout?.failedBy !== undefined && rollout.rollback === undefined;
}

/**
 * The service deployment of a service before anything is done: the one that there is, a new one where the spec asks
 * for something new, or one that has just failed. The same sight gives the same answer, so a restart changes nothing.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
 */
export function judged(state: ServiceState, asked: Asked, now: Date): Rollout {
  const before = state.service.status?.rollout;
  if (before === undefined) return begun(state, asked, now);
  if (before.asked !== asked.digits) {
    // The spec has come to what the service was rolled back to: nothing is to be deployed.
    const returned = before.rollback?.deployment === asked.digits;
    return returned
      ? { ...before, asked: asked.digits, taskDefinition: asked.taskDefinition }
      : begun(state, asked, now);
  }
  if (before.status !== "IN_PROGRESS") return before;
  const since = { digits: before.deployment, since: before.createdAt };
  const counted = { ...before, ...failuresOf(state, since, before, now) };
  const failure = failureOf(state, counted, now);
  return failure === undefined ? counted : failed(state, counted, failure, now);
}

/**
 * The service deployment after a look at how its tasks are: where all of them run it is complete, once its alarms
 * have been watched for long enough.
 */
export function concluded(
  state: Pick<ServiceState, "service" | "alarms">,
  rollout: Rollout,
  primary: DeploymentInResource | undefined,
  now: Date,
): Rollout {
  if (isOver(rollout) || primary?.rolloutState !== "COMPLETED") return rollout;
  // Traffic has been watched in the stages; only hooks of a rollback may still be under way.
  if (rollout.lifecycle?.hooks?.some(isOpen) === true) return rollout;
  const { stableSince = now.toISOString() } = rollout;
  if (bakesInMs(state, { ...rollout, stableSince }, now) > 0) return { ...rollout, stableSince };
  const status = rollout.status === "IN_PROGRESS" ? "SUCCESSFUL" : "ROLLBACK_SUCCESSFUL";
  const watched = rollout.alarms === "MONITORING" && { alarms: "MONITORING_COMPLETE" as const };
  return { ...rollout, status, ...watched, finishedAt: now.toISOString() };
}

/** For how many milliseconds more the alarms of a service deployment whose tasks all run are watched. */
export function bakesInMs(
  state: Pick<ServiceState, "service" | "alarms">,
  rollout: Rollout | undefined,
  now: Date,
): number {
  if (rollout?.status !== "IN_PROGRESS" || rollout.stableSince === undefined) return 0;
  if (rollout.lifecycle !== undefined) return 0;
  return Math.max(0, Date.parse(rollout.stableSince) + bakeMs(state, rollout) - now.getTime());
}

/**
 * The service revision that was last deployed completely before a new deployment begins. One whose tasks all run, as
 * waiters ask for, and have only not proved themselves for long enough, counts as well.
 */
export function completedBefore({ status }: ECSService): Completed | undefined {
  const { rollout, deployments = [], lastCompleted } = status ?? {};
  if (rollout === undefined || !(hasTraffic(rollout) ?? isStable(rollout, deployments))) return lastCompleted;
  return { revision: rollout.revision, deployment: rollout.deployment };
}

/** Whether production traffic was shifted to it, where it is shifted: then it is what runs, whatever else is to come. */
function hasTraffic({ status, lifecycle }: Rollout): boolean | undefined {
  if (lifecycle?.source === undefined || status !== "IN_PROGRESS") return undefined;
  return lifecycle.production === 100;
}

function isStable(rollout: Rollout, [primary, ...older]: readonly DeploymentInResource[]): boolean {
  return (
    rollout.status === "IN_PROGRESS" &&
    rollout.failures === 0 &&
    rollout.alarms !== "MONITORING" &&
    older.length === 0 &&
    primary?.id === deploymentId(rollout.deployment) &&
    primary.pendingCount === 0 &&
    primary.runningCount === primary.desiredCount
  );
}

/** Named after the one before it, not after the time: who sees an old copy of the service makes no other one. */
function begun(state: ServiceState, { digits, taskDefinition }: Asked, now: Date): Rollout {
  const { service } = state;
  const { metadata, status } = service;
  const facts = [metadata.uid ?? "", digits, status?.rollout?.id ?? ""];
  const id = createHash("sha256").update(facts.join(" ")).digest("hex").slice(0, ID_LENGTH);
  const source = completedBefore(service) ?? runningBefore(service, digits);
  const { revision: sourceRevision } = { revision: undefined, ...source };
  const lifecycle = firstStage({
    deployment: id,
    digits,
    configuration: service.spec.deploymentConfiguration ?? {},
    source,
    crowded: liveDeployments(state).some((each) => each !== source?.deployment && each !== digits),
    now,
  });
  return {
    id,
    asked: digits,
    deployment: digits,
    revision: stableDigits(...facts),
    ...(sourceRevision !== undefined && { sourceRevision }),
    taskDefinition,
    status: "IN_PROGRESS",
    createdAt: sinceOf(service, digits) ?? now.toISOString(),
    failures: 0,
    ...watchOf(state),
    ...(lifecycle && { lifecycle }),
  };
}

/** The deployment with the most running tasks, of a service of which none was ever complete. */
function runningBefore({ status }: ECSService, digits: string): Pick<Completed, "deployment"> | undefined {
  const [most] = (status?.deployments ?? [])
    .filter(({ id, runningCount = 0 }) => runningCount > 0 && id !== deploymentId(digits))
    .sort((a, b) => (b.runningCount ?? 0) - (a.runningCount ?? 0));
  return most?.id === undefined ? undefined : { deployment: most.id.slice(deploymentId("").length) };
}

/** When the PRIMARY deployment began, where it is of before service deployments were kept. */
function sinceOf({ status }: ECSService, digits: string): string | undefined {
  const [primary] = status?.deployments ?? [];
  return status?.rollout === undefined && primary?.id === deploymentId(digits) ? primary.createdAt : undefined;
}

function failureOf(state: ServiceState, rollout: Rollout, now: Date): Failure | undefined {
  // What it would return to is being removed.
  if (rollout.lifecycle?.stage === "CLEAN_UP") return undefined;
  const stop = state.serviceDeployments.find(({ spec }) => spec.id === rollout.id)?.spec.stopType;
  if (stop !== undefined) return { by: "REQUEST", rollback: stop === "ROLLBACK" };
  const raised = rollout.alarms === "DISABLED" ? [] : raisedAlarms(state);
  if (raised.length > 0) {
    const { rollback = false } = state.service.spec.deploymentConfiguration?.alarms ?? {};
    return { by: "ALARMS", rollback, triggeredAlarms: raised };
  }
  return failureOfStage(rollout, now) ?? failureOfTasks(state, rollout);
}

function failureOfStage({ lifecycle }: Rollout, now: Date): Failure | undefined {
  if (failedHook(lifecycle) !== undefined) return { by: "HOOK", rollback: true };
  const overdue = lifecycle !== undefined && isOverdue(lifecycle, now);
  return overdue ? { by: "STAGE_TIMEOUT", rollback: true } : undefined;
}

function failureOfTasks({ service }: ServiceState, { failures }: Rollout): Failure | undefined {
  const { deploymentCircuitBreaker: breaker } = service.spec.deploymentConfiguration ?? {};
  if (breaker?.enable !== true) return undefined;
  const threshold = failureThreshold(breaker, desiredCountOf(service));
  return failures < threshold ? undefined : { by: "CIRCUIT_BREAKER", rollback: breaker.rollback };
}

function causeOf(by: Failure["by"], { lifecycle }: Rollout): string {
  if (by !== "HOOK") return CAUSES[by];
  const { stage, reason } = failedHook(lifecycle) ?? {};
  return `a lifecycle hook of the stage ${stage ?? ""} did not succeed: ${reason ?? ""}.`;
}

function failed(state: ServiceState, rollout: Rollout, { by, rollback, triggeredAlarms }: Failure, now: Date): Rollout {
  const at = now.toISOString();
  const triggered = triggeredAlarms && { triggeredAlarms, alarms: "TRIGGERED" as const };
  const after: Rollout = { ...rollout, failedBy: by, ...triggered };
  if (!rollback) {
    const statusReason = `Service deployment stopped because ${causeOf(by, rollout)}`;
    return { ...after, status: "STOPPED", statusReason, finishedAt: at };
  }
  const reason = `Service deployment rolled back because ${causeOf(by, rollout)}`;
  const to = state.completed?.revision.spec;
  if (to?.id === undefined || to.deployment === undefined || to.deployment === rollout.deployment) {
    return { ...after, status: "ROLLBACK_FAILED", statusReason: NO_CANDIDATE, finishedAt: at };
  }
  const configuration = state.service.spec.deploymentConfiguration ?? {};
  return {
    ...after,
    ...(after.lifecycle && { lifecycle: takenBack(after.id, after.lifecycle, configuration, now) }),
    status: "ROLLBACK_IN_PROGRESS",
    statusReason: reason,
    rollback: {
      revision: to.id,
      deployment: to.deployment,
      startedAt: at,
      reason,
      loadBalancers: to.loadBalancers ?? [],
      serviceRegistries: to.serviceRegistries ?? [],
    },
  };
}
