import type { ContainerRun } from "./container-run.ts";

/**
 * Epoch milliseconds by which a container that others wait for must have ended or be healthy, as they want it;
 * undefined where it has no `startTimeout`, has not begun, or is there already.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_timeout
 */
export function startDeadline({ container, until, startedAt, running, status }: ContainerRun): number | undefined {
  const { startTimeout } = container;
  if (startTimeout === undefined || startedAt === undefined || !running) return undefined;
  const waits = until === "healthy" ? status?.started !== true : until === "finish" || until === "complete";
  return waits ? Date.parse(startedAt) + startTimeout * 1000 : undefined;
}

/** Why the task cannot start: what a container waits for takes too long. */
export function startTimedOut(runs: readonly ContainerRun[], now: Date): string | undefined {
  const late = runs.find((run) => (startDeadline(run) ?? Infinity) <= now.getTime());
  if (late === undefined) return undefined;
  const { name } = late.container;
  const waiting = runs.find(({ container }) =>
    container.dependsOn?.some(({ containerName }) => containerName === name),
  );
  return `CannotStartContainerError: dependency graph: container ordering dependency [${name}] for target [${waiting?.container.name ?? ""}] has timed out.`;
}
