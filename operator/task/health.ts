import type { HealthStatus } from "#model/generated/types.generated.ts";
import { hasHealthCheck, healthTiming } from "../pod/health.ts";
import type { ContainerRun } from "./container-run.ts";
import type { TaskState } from "./state.ts";

const MS = 1000;

/**
 * Health of a container: HEALTHY while its readiness probe passes; UNHEALTHY when it stops passing, or has not passed
 * by the time that its start period and retries take; UNKNOWN before, and without a health check.
 */
export function containerHealth(run: ContainerRun, before: string | undefined, now: Date): HealthStatus {
  const { container, status, running } = run;
  if (!hasHealthCheck(container.healthCheck)) return "UNKNOWN";
  if (!running) return before === "HEALTHY" || before === "UNHEALTHY" ? before : "UNKNOWN";
  if (status?.ready === true) return "HEALTHY";
  if (before === "HEALTHY" || before === "UNHEALTHY") return "UNHEALTHY";
  const deadline = healthDeadline(run);
  return deadline !== undefined && now.getTime() >= deadline ? "UNHEALTHY" : "UNKNOWN";
}

/** Epoch milliseconds at which a running container that never was healthy is given up as UNHEALTHY. */
export function healthDeadline({ container, startedAt, running }: ContainerRun): number | undefined {
  if (!hasHealthCheck(container.healthCheck) || startedAt === undefined || !running) return undefined;
  const { interval, timeout, retries, startPeriod } = healthTiming(container.healthCheck);
  return Date.parse(startedAt) + (startPeriod + (interval + timeout) * retries) * MS;
}

/**
 * Epoch milliseconds from which a task may be stopped for its health: `healthCheckGracePeriodSeconds` of its service
 * after it has started.
 */
export function healthGraceEnd({ task, healthGraceSeconds = 0 }: TaskState): number {
  if (healthGraceSeconds === 0) return 0;
  const startedAt = task.status?.startedAt;
  return startedAt === undefined ? Infinity : Date.parse(startedAt) + healthGraceSeconds * MS;
}

/**
 * Health of a task: that of its essential containers with health checks together.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
 */
export function taskHealth(essential: readonly HealthStatus[]): HealthStatus {
  if (essential.includes("UNHEALTHY")) return "UNHEALTHY";
  return essential.length > 0 && essential.every((health) => health === "HEALTHY") ? "HEALTHY" : "UNKNOWN";
}
