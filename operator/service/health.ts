import { hasHealthCheck } from "../pod/health.ts";
import type { ServiceState, ServiceTask } from "./state.ts";

/** How long a task without health check has to run before it counts as healthy. */
export const HEALTHY_AFTER_SECONDS = 10;

/** Whether the tasks that a service now starts say themselves how they are. */
export function isChecked({ taskDefinition }: Pick<ServiceState, "taskDefinition">): boolean {
  if ("problem" in taskDefinition) return false;
  const { containerDefinitions } = taskDefinition.found.resource.spec;
  return containerDefinitions.some(({ essential = true, healthCheck }) => essential && hasHealthCheck(healthCheck));
}

/**
 * Epoch milliseconds at which a task became or will become healthy, as far as is known: where its containers are
 * checked, when the check first passed; else after having run for {@link HEALTHY_AFTER_SECONDS}.
 * @returns undefined for a task that is not, or ended too soon
 */
export function healthyAt(task: ServiceTask, checked: boolean): number | undefined {
  const { startedAt, stoppedAt, phase, healthySince } = task;
  if (checked) return healthySince === undefined ? undefined : Date.parse(healthySince);
  if (startedAt === undefined) return undefined;
  const at = Date.parse(startedAt) + HEALTHY_AFTER_SECONDS * 1000;
  const endedBefore = phase !== "RUNNING" && !(Date.parse(stoppedAt ?? "") >= at);
  return endedBefore ? undefined : at;
}
