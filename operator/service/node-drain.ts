import { desiredCountOf } from "./desired-count.ts";
import { protectedTasks } from "./protection.ts";
import { rolloutLimits } from "./rollout.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { toRebalance } from "./zone-balance.ts";

/** How a service gets its tasks off the nodes that are drained. */
export interface DrainPlan {
  /** Tasks more than wanted, until as many run elsewhere as are wanted. */
  readonly surge: number;
  /** Ids of the tasks to stop now. */
  readonly stop: readonly string[];
}

const NOTHING: DrainPlan = { surge: 0, stop: [] };

/**
 * Replaces a service's tasks on drained nodes within the limits of its roll-outs, as ECS does: those that do not run
 * yet are stopped at once; for those that run others start first, as far as `maximumPercent` allows, and for the rest
 * as many are stopped first as `minimumHealthyPercent` allows. Protected tasks stay until their protection ends. Once
 * enough run elsewhere the Deployment has its own number again, and takes those that {@link toLeave} names.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html
 */
export function drainPlan(state: ServiceState): DrainPlan {
  const leaving = toLeave(state);
  if (leaving.length === 0) return NOTHING;
  const pending = leaving.filter(({ phase }) => phase === "PENDING").map(({ id }) => id);
  const running = leaving.filter(({ phase }) => phase === "RUNNING");
  const { service, tasks, replicaSets } = state;
  // A roll-out replaces tasks itself; what is left on the nodes comes after it.
  const rollsOut = replicaSets.filter(({ spec, status }) => (spec?.replicas ?? status?.replicas ?? 0) > 0).length > 1;
  const wanted = desiredCountOf(service);
  const allRunning = tasks.filter(({ phase }) => phase === "RUNNING").length;
  if (rollsOut || running.length === 0 || allRunning - running.length >= wanted) return { surge: 0, stop: pending };
  const { maxSurge, maxUnavailable } = rolloutLimits(wanted, service.spec.deploymentConfiguration);
  const surge = Math.min(running.length, maxSurge);
  const spare = Math.max(0, allRunning - (wanted - maxUnavailable));
  const first = running.slice(0, Math.min(running.length - surge, spare)).map(({ id }) => id);
  return { surge, stop: [...pending, ...first] };
}

/** Tasks on drained nodes, or in a zone that has too many, that may be stopped: the first that a Deployment is to take. */
export function toLeave(state: ServiceState): ServiceTask[] {
  const { draining } = state;
  const uneven = toRebalance(state)?.id;
  if (uneven === undefined && (draining === undefined || draining.size === 0)) return [];
  const guarded = new Set(protectedTasks(state));
  return state.tasks.filter(
    (task) =>
      (task.id === uneven || draining?.has(task.id) === true) &&
      !guarded.has(task) &&
      (task.phase === "RUNNING" || task.phase === "PENDING"),
  );
}
