import type { ContainerDefinition, UlimitName } from "#model/generated/types.generated.ts";

/** Limits that every shell sets in the same unit. */
export const SUPPORTED_ULIMITS: readonly UlimitName[] = ["cpu", "data", "memlock", "nofile", "nproc", "stack"];

/**
 * True where the image's shell can run the container's process and do what Kubernetes does not: set limits, start it
 * again, forgive its exit code. It has to be known for that what the image would run.
 */
export function hasShellWrapper({ entryPoint = [] }: ContainerDefinition): boolean {
  return entryPoint.length > 0;
}

/** True where Kubernetes is to start the container again: there is no shell to do it. */
export function isRestartedByKubernetes(container: ContainerDefinition): boolean {
  return container.restartPolicy?.enabled === true && !hasShellWrapper(container);
}

/** Why the containers of a task cannot be started again as they ask for, on a Kubernetes that only knows Pods as a whole. */
export function restartProblem(containers: readonly ContainerDefinition[]): string | undefined {
  const index = containers.findIndex(isRestartedByKubernetes);
  if (index === -1) return undefined;
  return `containerDefinitions[${index}].restartPolicy: this Kubernetes restarts no single container of a Pod (1.35 does): the image's shell does, if entryPoint says what it is to run. Give entryPoint besides command`;
}
