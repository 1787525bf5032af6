import type { ContainerDefinition, RegisterTaskDefinitionRequest } from "#model/generated/types.generated.ts";
import type { Problem } from "./problem.ts";

/**
 * Rules about `dependsOn`: the container exists, is not the same one, may meet the condition, and nothing waits in a
 * circle.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
 */
export function dependencyProblems({
  containerDefinitions: containers,
}: Pick<RegisterTaskDefinitionRequest, "containerDefinitions">): Problem[] {
  const byName = new Map(containers.map((container) => [container.name ?? "", container]));
  const problems = containers.flatMap((container, index) =>
    (container.dependsOn ?? []).flatMap(({ containerName, condition }): Problem[] => {
      const message = problemOf(container.name ?? "", containerName, condition, byName.get(containerName));
      return message === undefined ? [] : [{ path: `containerDefinitions[${index}].dependsOn`, message }];
    }),
  );
  const circle = problems.length === 0 ? circleOf(containers, byName) : undefined;
  if (circle) {
    const message = `Container dependencies must not form a circle: ${circle.join(" -> ")}.`;
    problems.push({ path: "containerDefinitions", message });
  }
  return problems;
}

function problemOf(
  name: string,
  dependency: string,
  condition: string,
  target: ContainerDefinition | undefined,
): string | undefined {
  if (dependency === name) return `Container '${name}' must not depend on itself.`;
  if (target === undefined) return `Container '${name}' depends on unknown container '${dependency}'.`;
  if ((condition === "COMPLETE" || condition === "SUCCESS") && target.essential !== false) {
    return `Container '${name}' cannot depend on essential container '${dependency}' with condition ${condition}.`;
  }
  if (condition === "HEALTHY" && target.healthCheck === undefined) {
    return `Container '${name}' depends on container '${dependency}' with condition HEALTHY, but it has no health check.`;
  }
  return undefined;
}

function circleOf(
  containers: readonly ContainerDefinition[],
  byName: ReadonlyMap<string, ContainerDefinition>,
): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const { containerName } of byName.get(name)?.dependsOn ?? []) {
      const circle = visit(containerName, [...way, name]);
      if (circle) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name = "" } of containers) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}
