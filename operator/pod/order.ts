import { hasShellWrapper } from "#lib/ecs/shell-wrapper.ts";
import type { NamedContainer } from "./input.ts";

/** How a container that others wait for is run before them. */
export interface EarlyContainer {
  readonly container: NamedContainer;
  /**
   * `finish`: it must end first, with 0; `complete`: it must end first, however; `start`, `healthy`: it goes on beside
   * those that wait.
   */
  readonly until: "finish" | "complete" | "start" | "healthy";
}

export interface StartOrder {
  /** In the order in which they start: init containers. */
  readonly early: readonly EarlyContainer[];
  /** Nothing waits for them. */
  readonly main: readonly NamedContainer[];
}

/**
 * The order in which `dependsOn` lets the containers of a task start. What others wait for comes first: a container
 * to be finished as a plain init container, one to be started or healthy as a sidecar (an init container that goes
 * on). Kubernetes starts init containers one after the other, so containers that wait for nothing also wait for them.
 * A cycle (refused by the rules) is cut where it is met.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
 * @see https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
export function startOrder(containers: readonly NamedContainer[]): StartOrder {
  const awaited = awaitedConditions(containers);
  const sorted = dependenciesFirst(containers);
  return {
    early: sorted.flatMap((container) => {
      const conditions = awaited.get(container.name);
      return conditions === undefined ? [] : [{ container, until: untilOf(container, conditions) }];
    }),
    main: containers.filter(({ name }) => !awaited.has(name)),
  };
}

/** An init container must end with 0, unless a shell of ours forgives it. */
function untilOf(container: NamedContainer, conditions: ReadonlySet<string>): EarlyContainer["until"] {
  if (conditions.has("SUCCESS")) return "finish";
  if (conditions.has("COMPLETE")) return hasShellWrapper(container) ? "complete" : "finish";
  return conditions.has("HEALTHY") ? "healthy" : "start";
}

function awaitedConditions(containers: readonly NamedContainer[]): Map<string, Set<string>> {
  const awaited = new Map<string, Set<string>>();
  for (const { containerName, condition } of containers.flatMap(({ dependsOn }) => dependsOn ?? [])) {
    const conditions = awaited.get(containerName) ?? new Set();
    awaited.set(containerName, conditions.add(condition));
  }
  return awaited;
}

function dependenciesFirst(containers: readonly NamedContainer[]): NamedContainer[] {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const sorted = new Set<NamedContainer>();
  const visiting = new Set<NamedContainer>();
  const visit = (container: NamedContainer): void => {
    if (visiting.has(container)) return;
    visiting.add(container);
    for (const { containerName } of container.dependsOn ?? []) {
      const dependency = byName.get(containerName);
      if (dependency) visit(dependency);
    }
    sorted.add(container);
  };
  for (const container of containers) visit(container);
  return [...sorted];
}
