import { BREAKER_DEFAULTS } from "#lib/ecs/circuit-breaker.ts";
import { healthyAt, isChecked } from "./health.ts";
import type { ServiceState, ServiceTask } from "./state.ts";

/** Failed tasks of a deployment, and from when on they are counted. */
export interface Failures {
  readonly failures: number;
  /** RFC 3339; absent as long as no task has become healthy. */
  readonly failuresSince?: string;
}

/** Kubernetes keeps creation times to the second only. */
export function toSecond(time: string): number {
  return Math.floor(Date.parse(time) / 1000) * 1000;
}

/**
 * How many tasks of a deployment have failed in a row: a task that becomes healthy begins the count anew, unless the
 * circuit breaker is told not to. What was counted stays counted when the tasks' records are collected.
 * @param digits of the ECS deployment
 * @param since RFC 3339; failures of the same deployment from before do not count
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html resetOnHealthyTask
 */
export function failuresOf(
  state: ServiceState,
  { digits, since }: { readonly digits: string; readonly since: string },
  before: Failures,
  now: Date,
): Failures {
  const own = state.tasks.filter(({ deployment, createdAt }) => {
    return deployment === digits && Date.parse(createdAt) >= toSecond(since);
  });
  const { resetOnHealthyTask = BREAKER_DEFAULTS.resetOnHealthyTask } =
    state.service.spec.deploymentConfiguration?.deploymentCircuitBreaker ?? {};
  const checked = isChecked(state);
  const became = own.map((task) => healthyAt(task, checked)).filter((at) => at !== undefined && at <= now.getTime());
  const known = before.failuresSince === undefined ? -Infinity : Date.parse(before.failuresSince);
  const from = resetOnHealthyTask ? Math.max(known, ...became.map(Number)) : known;
  const failures = own.filter(({ failed, stoppedAt }) => failed && !(Date.parse(stoppedAt ?? "") <= from)).length;
  return {
    failures: from === known ? Math.max(failures, before.failures) : failures,
    ...(from !== -Infinity && { failuresSince: new Date(from).toISOString() }),
  };
}

/** So many tasks one after the other. */
const FAILED_STARTS = 3;

/**
 * Whether the last tasks that came to an end or to run have all failed before they ran.
 * @param tasks oldest first
 * @param since epoch milliseconds; what failed before does not count
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
 */
export function startsFail(tasks: readonly ServiceTask[], since: number): boolean {
  const last = tasks.filter(({ phase }) => phase !== "PENDING").slice(-FAILED_STARTS);
  return (
    last.length === FAILED_STARTS &&
    last.every(({ failed, startedAt, stoppedAt = "" }) => {
      return failed && startedAt === undefined && !(Date.parse(stoppedAt) < since);
    })
  );
}
