import { isOpen } from "#lib/ecs/lifecycle.ts";
import { type Rollout, rollbackOf } from "#lib/ecs/rollout.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";
import type { Progress } from "#lib/kube/conditions.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import type { DeploymentInResource } from "#model/generated/resources.generated.ts";
import { FAILED_BY } from "./deployments.ts";
import { desiredCountOf } from "./desired-count.ts";
import { protectedTasks } from "./protection.ts";
import { isFrozen } from "./service-deployment.ts";
import type { Problem } from "./problem.ts";
import type { ServiceState } from "./state.ts";

/** How many tasks of a service there should be and are. */
export interface Counts {
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly pendingCount: number;
}

/** Of a service, or of one of its task sets. */
export function countsOf({ service, tasks }: ServiceState): Counts {
  return {
    desiredCount: desiredCountOf(service),
    runningCount: tasks.filter(({ phase }) => phase === "RUNNING").length,
    pendingCount: tasks.filter(({ phase }) => phase === "PENDING").length,
  };
}

export interface Findings {
  readonly stalled: Problem | undefined;
  readonly steady: boolean;
  readonly deployments: readonly DeploymentInResource[];
  readonly counts: Counts;
}

/** Which of Ready, Reconciling and Stalled a service is, and why, for people. */
export function progressOf(state: ServiceState, { stalled, steady, deployments, counts }: Findings): Progress {
  const { runningCount, desiredCount } = counts;
  const tasks = `${runningCount} of ${desiredCount} tasks run`;
  if (isDeleting(state.service)) {
    return { reconciling: { reason: "Draining", message: `The service is being deleted; ${tasks}.` } };
  }
  if (stalled) return { stalled };
  const failure = failureOf(state, tasks);
  if (failure) return { stalled: failure };
  if (steady) return { ready: { reason: "SteadyState", message: `The service has reached a steady state: ${tasks}.` } };
  const guarded = protectedTasks(state).length;
  if (guarded > 0 && runningCount > desiredCount) return tasksProtected(tasks, guarded);
  return hindered(state, tasks) ?? underWay(deployments, counts, { tasks, stage: stageOf(state.rollout) });
}

/** A service that does not run what its spec asks for cannot get there by itself. */
function failureOf({ rollout }: ServiceState, tasks: string): Problem | undefined {
  if (rollout?.failedBy === undefined || rollbackOf(rollout, rollout.asked) === undefined) {
    return isFrozen(rollout) ? { reason: "DeploymentFailed", message: `${failed(rollout)}; ${tasks}.` } : undefined;
  }
  const { status, rollback } = rollout;
  const back = `deployment ${deploymentId(rollback?.deployment ?? "")}`;
  return status === "ROLLBACK_IN_PROGRESS"
    ? { reason: "RollbackInProgress", message: `${failed(rollout)}; rolling back to ${back}: ${tasks}.` }
    : { reason: "RolledBack", message: `${failed(rollout)}; it was rolled back to ${back}: ${tasks}.` };
}

function failed(rollout: Rollout | undefined): string {
  const { deployment = "", failedBy = "REQUEST" } = rollout ?? {};
  return `Deployment ${deploymentId(deployment)} failed: ${FAILED_BY[failedBy].what.slice(0, -1)}`;
}

function tasksProtected(tasks: string, guarded: number): Progress {
  return { reconciling: { reason: "TasksProtected", message: `${tasks}; ${guarded} are protected.` } };
}

function hindered(state: ServiceState, tasks: string): Progress | undefined {
  const unplaceable = state.tasks.find((task) => task.unplaceable !== undefined)?.unplaceable;
  if (unplaceable !== undefined) {
    return { reconciling: { reason: "TaskNotPlaced", message: `${tasks}; no node takes another: ${unplaceable}` } };
  }
  const refused = refusalOf(state);
  return refused === undefined
    ? undefined
    : { reconciling: { reason: "TaskRefused", message: `${tasks}; ${refused}` } };
}

/** Which stage a deployment that shifts traffic is in, and what it waits for there. */
function stageOf(rollout: Rollout | undefined): string {
  if (rollout?.lifecycle === undefined || rollout.status !== "IN_PROGRESS") return "";
  const { stage, hooks = [] } = rollout.lifecycle;
  const open = hooks.filter(isOpen).map(({ id }) => id);
  const waits = open.length === 0 ? "" : `, waiting for the hooks ${open.join(" and ")}`;
  return `; stage ${stage}${waits}`;
}

function underWay(
  deployments: readonly DeploymentInResource[],
  { runningCount, desiredCount }: Counts,
  { tasks, stage }: { readonly tasks: string; readonly stage: string },
): Progress {
  const [primary, ...older] = deployments;
  if (primary?.rolloutState === "IN_PROGRESS") {
    const own = `${primary.runningCount ?? 0} of ${desiredCount} tasks run${failures(primary)}`;
    const left = older.reduce((sum, deployment) => sum + (deployment.runningCount ?? 0), 0);
    const before = left === 0 ? "" : `; ${left} of the deployment before still run`;
    return {
      reconciling: {
        reason: "DeploymentInProgress",
        message: `Deployment ${primary.id ?? ""} is in progress: ${own}${before}${stage}.`,
      },
    };
  }
  if (runningCount > desiredCount) {
    return { reconciling: { reason: "StoppingTasks", message: `${tasks}; those too many are being stopped.` } };
  }
  return { reconciling: { reason: "TasksNotRunning", message: `${tasks}${primary ? failures(primary) : ""}.` } };
}

function failures({ failedTasks = 0 }: DeploymentInResource): string {
  return failedTasks === 0 ? "" : `, ${failedTasks} have failed`;
}

/** What keeps Pods from being made at all: a quota, an admission rule. */
function refusalOf({ replicaSets }: ServiceState): string | undefined {
  return replicaSets
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(({ type, status }) => type === "ReplicaFailure" && status === "True")?.message;
}
