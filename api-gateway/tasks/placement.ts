import { containerInstanceArn } from "#lib/ecs/arns.ts";
import { asksAboutTasks, type Constraint, expressionsOf, isDistinct } from "#lib/ecs/placement/constraints.ts";
import { satisfies } from "#lib/ecs/placement/evaluate.ts";
import { factsOf, type PlacedTask } from "#lib/ecs/placement/instance-facts.ts";
import { invalidParameter } from "#lib/errors.ts";
import type { Node } from "#lib/kube/resources.ts";
import type { Failure, RunTaskRequest, Task } from "#model/generated/types.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { containerInstanceId, listRegistered } from "../container-instances/container-instances.ts";
import type { TaskPlan } from "./plan-tasks.ts";
import { tasksOnNodes } from "../container-instances/tasks-on-nodes.ts";

/** How many tasks a call may start, and why it may not start the others. */
export interface Room {
  readonly count: number;
  readonly failures: readonly Failure[];
}

/** More would tell a caller nothing new. */
const MAX_FAILURES = 100;

/**
 * Judges the constraints of RunTask against the nodes that are there, before anything is written, as ECS does. Free
 * CPU and memory are not judged: that is the scheduler's, for which a task waits.
 * @throws EcsError `InvalidParameterException` when there is no node at all.
 */
export async function roomFor(
  input: RunTaskRequest,
  { cluster, definition, resolved }: TaskPlan,
  deps: Deps,
  call: Call,
): Promise<Room> {
  const { count = 1 } = input;
  const constraints = [...(definition.doc.placementConstraints ?? []), ...(input.placementConstraints ?? [])];
  if (constraints.length === 0) return { count, failures: [] };
  const nodes = await listRegistered(deps, call);
  if (nodes.length === 0) throw invalidParameter("No Container Instances were found in your cluster.");
  const needsTasks = isDistinct(constraints) || expressionsOf(constraints).some(asksAboutTasks);
  const tasks = needsTasks ? await tasksOnNodes(cluster.name, deps) : { byInstance: new Map(), unplaced: [] };
  const arnOf = (node: Node) => containerInstanceArn(deps.identity, cluster.name, containerInstanceId(node));
  const members = nodes.filter((node) => isMember(node, constraints, tasks.byInstance.get(arnOf(node)) ?? []));
  if (members.length === 0) return { count: 0, failures: failures(nodes.map(arnOf), "MemberOf") };
  if (!isDistinct(constraints)) return { count, failures: [] };
  const group = input.group ?? `family:${resolved.family}`;
  const hasGroup = (task: Task): boolean => task.group === group;
  const taken = members.filter((node) => tasks.byInstance.get(arnOf(node))?.some(hasGroup));
  const free = Math.max(0, members.length - taken.length - tasks.unplaced.filter(hasGroup).length);
  const arns = (taken.length > 0 ? taken : members).map(arnOf);
  return free >= count ? { count, failures: [] } : { count: free, failures: failures(arns, "DistinctInstance") };
}

function isMember(node: Node, constraints: readonly Constraint[], tasks: readonly PlacedTask[]): boolean {
  const facts = factsOf(node, tasks);
  return expressionsOf(constraints).every((expression) => satisfies(expression, facts));
}

function failures(arns: readonly string[], constraint: string): Failure[] {
  const reason = `${constraint} placement constraint unsatisfied.`;
  return arns.slice(0, MAX_FAILURES).map((arn) => ({ arn, reason }));
}
