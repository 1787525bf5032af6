import { parseArn } from "#lib/ecs/arns.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";
import { connectDeployment } from "#lib/ecs/traffic/service-connect.ts";
import type { DeploymentInResource, ECSService } from "#model/generated/resources.generated.ts";
import { isDaemon, isDaemonRolledOut } from "./daemon.ts";
import { desiredCountOf } from "./desired-count.ts";
import { failuresOf } from "./failures.ts";
import { isLive, liveDeployments } from "./live-deployments.ts";
import { earlySuccessInMs } from "./early-success.ts";
import { settlesInMs } from "./settling.ts";
import { bakesInMs, isFrozen } from "./service-deployment.ts";
import type { ServiceState, ServiceTask } from "./state.ts";

/** The deployment that is in force: what the spec asks for, or what the service was rolled back to. */
export interface Primary {
  /** The digits after `ecs-svc/`. */
  readonly digits: string;
  readonly taskDefinition: string;
}

/**
 * `deployments[]`: the PRIMARY one, then those before it that still have tasks, newest first. Times and the state of
 * a rollout are carried over from the entries before; counts are counted anew.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
 */
export function deploymentEntries(state: ServiceState, primary: Primary, now: Date): DeploymentInResource[] {
  const { service } = state;
  const before = new Map((service.status?.deployments ?? []).map((entry) => [entry.id ?? "", entry]));
  const left = olderDeployments(state, primary.digits);
  const older = [...new Set([...left, ...failedDeployment(state, primary.digits)])]
    .map((digits) => olderEntry(state, digits, before.get(deploymentId(digits)), now))
    .sort((a, b) => (b.createdAt ?? "").localeCompare(a.createdAt ?? ""));
  return [primaryEntry(state, primary, before.get(deploymentId(primary.digits)), left.length, now), ...older];
}

/** Whether the Deployment's controller has seen the present wish: until then, counts are those of the wish before. */
export function isRolledOut({ deployment, daemonSet, service }: ServiceState, digits: string): boolean {
  if (isDaemon(service)) return isDaemonRolledOut(daemonSet, digits);
  return (
    deployment?.spec?.template.metadata?.labels?.[LABELS.deployment] === digits &&
    deployment.spec.replicas === desiredCountOf(service) &&
    (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}

/** What has failed is shown until the service has returned to what ran before. */
function failedDeployment({ rollout }: ServiceState, primary: string): string[] {
  if (rollout?.status !== "ROLLBACK_IN_PROGRESS" || rollout.deployment === primary) return [];
  return [rollout.deployment];
}

function olderDeployments(state: ServiceState, primary: string): string[] {
  return liveDeployments(state).filter((digits) => digits !== primary);
}

function primaryEntry(
  state: ServiceState,
  { digits, taskDefinition }: Primary,
  before: DeploymentInResource | undefined,
  older: number,
  now: Date,
): DeploymentInResource {
  const createdAt = before?.status === "PRIMARY" ? (before.createdAt ?? now.toISOString()) : now.toISOString();
  const counts = countsOf(state.tasks, digits);
  const desiredCount = desiredCountOf(state.service);
  const failedTasks = failedTasksOf(state, digits, createdAt, now);
  const complete =
    (before?.status === "PRIMARY" && before.rolloutState === "COMPLETED") ||
    (hasBeenShifted(state.rollout) &&
      bakesInMs(state, state.rollout, now) === 0 &&
      (isFull() || earlySuccessInMs(state, digits, now) === 0));
  const id = deploymentId(digits);
  return withUpdate(before, now, {
    id,
    status: "PRIMARY",
    taskDefinition,
    desiredCount,
    ...counts,
    failedTasks,
    createdAt,
    ...launchOf(state.service),
    ...connectOf(state, taskDefinition),
    ...rolloutStateOf(state, id, complete),
  });

  function isFull(): boolean {
    const all = older === 0 && counts.runningCount === desiredCount && counts.pendingCount === 0;
    return all && isRolledOut(state, digits) && settlesInMs(state, digits, now) === 0;
  }
}

/** A deployment that goes through stages is complete only after the last of them. */
function hasBeenShifted(rollout: Rollout | undefined): boolean {
  return rollout?.status !== "IN_PROGRESS" || (rollout.lifecycle?.stage ?? "CLEAN_UP") === "CLEAN_UP";
}

function rolloutStateOf(
  { rollout }: ServiceState,
  id: string,
  complete: boolean,
): Pick<DeploymentInResource, "rolloutState" | "rolloutStateReason"> {
  if (isFrozen(rollout)) return failedState(rollout);
  if (complete) return { rolloutState: "COMPLETED", rolloutStateReason: `ECS deployment ${id} completed.` };
  const returns = rollout?.status === "ROLLBACK_IN_PROGRESS" && rollout.failedBy !== undefined;
  return {
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: returns
      ? `${FAILED_BY[rollout.failedBy ?? "REQUEST"].detector}: rolling back to deploymentId ${id}.`
      : `ECS deployment ${id} in progress.`,
  };
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html */
export const FAILED_BY = {
  CIRCUIT_BREAKER: { detector: "ECS deployment circuit breaker", what: "tasks failed to start." },
  ALARMS: { detector: "ECS deployment alarm", what: "alarm detected." },
  REQUEST: { detector: "ECS deployment stop", what: "stopped by request." },
  HOOK: { detector: "ECS deployment lifecycle hook", what: "a lifecycle hook did not succeed." },
  STAGE_TIMEOUT: { detector: "ECS deployment lifecycle stage", what: "a lifecycle stage timed out." },
} as const;

function failedState(rollout: Rollout | undefined): Pick<DeploymentInResource, "rolloutState" | "rolloutStateReason"> {
  const { detector, what } = FAILED_BY[rollout?.failedBy ?? "REQUEST"];
  return { rolloutState: "FAILED", rolloutStateReason: `${detector}: ${what}` };
}

/** As long as it is being judged, what the circuit breaker counts. */
function failedTasksOf(state: ServiceState, digits: string, createdAt: string, now: Date): number {
  const { rollout } = state;
  if (rollout?.deployment === digits && rollout.rollback === undefined) {
    if (rollout.status === "IN_PROGRESS" || rollout.failedBy !== undefined) return rollout.failures;
  }
  return failuresOf(state, { digits, since: createdAt }, { failures: 0 }, now).failures;
}

function olderEntry(
  state: ServiceState,
  digits: string,
  before: DeploymentInResource | undefined,
  now: Date,
): DeploymentInResource {
  const tasks = state.tasks.filter(({ deployment }) => deployment === digits);
  const createdAt = before?.createdAt ?? tasks[0]?.createdAt ?? now.toISOString();
  const live = tasks.filter(isLive).length;
  const scaled = state.replicaSets
    .filter(({ metadata }) => metadata?.labels?.[LABELS.deployment] === digits)
    .reduce((sum, { spec }) => sum + (spec?.replicas ?? 0), 0);
  const taskDefinition = before?.taskDefinition ?? tasks.find((task) => task.taskDefinition)?.taskDefinition;
  const { updatedAt: _updatedAt, ...carried } = before ?? {};
  return withUpdate(before, now, {
    ...carried,
    id: deploymentId(digits),
    status: "ACTIVE",
    ...(taskDefinition !== undefined && { taskDefinition }),
    desiredCount: isDaemon(state.service) ? live : scaled,
    ...countsOf(tasks, digits),
    createdAt,
    ...(hasFailed(state, digits) && { failedTasks: state.rollout?.failures ?? 0, ...failedState(state.rollout) }),
  });
}

const hasFailed = ({ rollout }: ServiceState, digits: string): boolean =>
  rollout?.failedBy !== undefined && rollout.deployment === digits;

function countsOf(tasks: readonly ServiceTask[], digits: string) {
  const own = tasks.filter(({ deployment }) => deployment === digits);
  return {
    runningCount: own.filter(({ phase }) => phase === "RUNNING").length,
    pendingCount: own.filter(({ phase }) => phase === "PENDING").length,
  };
}

function connectOf({ service, traffic }: ServiceState, taskDefinition: string): Partial<DeploymentInResource> {
  const namespace = traffic && "connectNamespace" in traffic ? traffic.connectNamespace : undefined;
  const identity = parseArn(taskDefinition);
  return identity ? connectDeployment(service.spec.serviceConnectConfiguration, namespace, identity) : {};
}

function launchOf({ spec }: ECSService): Partial<DeploymentInResource> {
  const { capacityProviderStrategy, networkConfiguration, platformVersion, volumeConfigurations } = spec;
  const byProvider = capacityProviderStrategy !== undefined && capacityProviderStrategy.length > 0;
  return {
    ...(byProvider ? { capacityProviderStrategy } : { launchType: spec.launchType ?? "EC2" }),
    ...(platformVersion !== undefined && { platformVersion }),
    ...(networkConfiguration !== undefined && { networkConfiguration }),
    ...(volumeConfigurations !== undefined && volumeConfigurations.length > 0 && { volumeConfigurations }),
  };
}

/** `updatedAt` moves with the state of the rollout and the wish, not with each task. */
function withUpdate(
  before: DeploymentInResource | undefined,
  now: Date,
  entry: DeploymentInResource,
): DeploymentInResource {
  const same =
    before !== undefined &&
    before.status === entry.status &&
    before.desiredCount === entry.desiredCount &&
    before.rolloutState === entry.rolloutState;
  return { ...entry, updatedAt: same ? (before.updatedAt ?? now.toISOString()) : now.toISOString() };
}
