import { asksAboutTasks, membershipOf } from "#lib/ecs/placement/constraints.ts";
import { satisfies } from "#lib/ecs/placement/evaluate.ts";
import { factsOf, type PlacedTask } from "#lib/ecs/placement/instance-facts.ts";
import { defaultGroup } from "#lib/ecs/describe/task.ts";
import { isDeregistered } from "#lib/ecs/node-state.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import type { TaskState } from "./state.ts";

/**
 * Host names of the nodes that satisfy, at this moment, those constraints of a task that labels cannot say.
 * @returns undefined where it has none.
 */
export function hostsFor(
  { task, definition, clusterName }: TaskState,
  { informers }: Pick<Deps, "informers">,
): string[] | undefined {
  const ofDefinition = "spec" in definition ? (definition.spec.placementConstraints ?? []) : [];
  const { others } = membershipOf([...ofDefinition, ...(task.spec.placementConstraints ?? [])]);
  if (others.length === 0) return undefined;
  const placed = others.some(asksAboutTasks) ? placedTasks(informers.tasks.list(), clusterName) : new Map();
  return informers.nodes
    .list()
    .filter((node) => {
      if (isDeregistered(node)) return false;
      const facts = factsOf(node, placed.get(node.metadata?.name ?? "") ?? []);
      return others.every((expression) => satisfies(expression, facts));
    })
    .flatMap(({ metadata }) => metadata?.labels?.["kubernetes.io/hostname"] ?? []);
}

/** Node name → the cluster's tasks on it. */
function placedTasks(tasks: readonly ECSTask[], clusterName: string): Map<string, PlacedTask[]> {
  const byNode = new Map<string, PlacedTask[]>();
  for (const { spec, status } of tasks) {
    const { nodeName, lastStatus } = status ?? {};
    if (nodeName === undefined || lastStatus === "STOPPED" || status?.clusterName !== clusterName) continue;
    const group = status.group ?? spec.group ?? defaultGroup(spec.taskDefinition);
    byNode.set(nodeName, [...(byNode.get(nodeName) ?? []), { group, lastStatus }]);
  }
  return byNode;
}
