import { HEALTHY_AFTER_SECONDS, healthyAt, isChecked } from "./health.ts";
import type { ServiceState } from "./state.ts";

const FAILURE_MEMORY_MS = 5 * 60_000;

/**
 * How long it takes until running tasks count as steady, in milliseconds: 0 as long as none of the deployment has
 * failed lately and no circuit breaker watches it, else a task that ends a second after its start would make the
 * service steady again and again. Infinity where only the tasks' own checks tell.
 */
export function settlesInMs(state: ServiceState, digits: string, now: Date): number {
  return Math.max(0, ...taskWaits(state, digits, now));
}

/** The same for each running task of a deployment. */
export function taskWaits(state: ServiceState, digits: string, now: Date): number[] {
  const own = state.tasks.filter(({ deployment }) => deployment === digits);
  const running = own.filter(({ phase }) => phase === "RUNNING");
  if (isChecked(state)) return running.map(({ healthySince }) => (healthySince === undefined ? Infinity : 0));
  const since = now.getTime() - FAILURE_MEMORY_MS;
  const failedLately = own.some(({ failed, stoppedAt }) => failed && Date.parse(stoppedAt ?? "") > since);
  const watched = state.service.spec.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true;
  if (!failedLately && !watched) return running.map(() => 0);
  const late = now.getTime() + HEALTHY_AFTER_SECONDS * 1000;
  return running.map((task) => Math.max(0, (healthyAt(task, false) ?? late) - now.getTime()));
}
