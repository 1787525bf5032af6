import type { HealthCheck } from "#model/generated/types.generated.ts";
import { literal } from "./literal.ts";
import type { Probe } from "./kubernetes-types.ts";

/** Seconds and counts of a health check with ECS's defaults. */
export interface HealthTiming {
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  readonly startPeriod: number;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html */
export function healthTiming({ interval, timeout, retries, startPeriod }: HealthCheck): HealthTiming {
  return { interval: interval ?? 30, timeout: timeout ?? 5, retries: retries ?? 3, startPeriod: startPeriod ?? 0 };
}

/** True where the container has a check that runs (`["NONE"]` turns off the image's). */
export function hasHealthCheck(check: HealthCheck | undefined): check is HealthCheck {
  return check !== undefined && check.command.length > 0 && check.command[0] !== "NONE";
}

/**
 * A health check as a readiness probe: it tells, and never restarts a container in place, because ECS replaces the
 * whole task of a service instead.
 */
export function readinessProbe(check: HealthCheck): Probe {
  const { interval, timeout, retries } = healthTiming(check);
  return {
    exec: { command: commandOf(check) },
    periodSeconds: interval,
    timeoutSeconds: timeout,
    failureThreshold: retries,
  };
}

/** A health check as a startup probe, which holds back the containers that wait for this one to be HEALTHY. */
export function startupProbe(check: HealthCheck): Probe {
  const { interval, timeout, retries, startPeriod } = healthTiming(check);
  return {
    exec: { command: commandOf(check) },
    periodSeconds: interval,
    timeoutSeconds: timeout,
    failureThreshold: retries + Math.ceil(startPeriod / interval),
  };
}

function commandOf({ command }: HealthCheck): string[] {
  const [kind = "", ...rest] = command;
  if (kind === "CMD-SHELL") return ["/bin/sh", "-c", literal(rest.join(" "))];
  return (kind === "CMD" ? rest : command).map(literal);
}
