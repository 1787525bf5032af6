import { deploymentId } from "#lib/ecs/service-deployment.ts";
import type { ServiceTask } from "../service/state.ts";
import type { Targets } from "./targets.ts";

/** What has changed between tasks and target groups. */
export interface TrafficEvent {
  readonly reason: "TargetsRegistered" | "TargetsDeregistered" | "TasksDraining";
  readonly text: string;
  /** Which task set it is about, or none. */
  readonly taskSet: readonly string[];
  /** Tells it from others of its kind. */
  readonly key: string;
}

/** Targets of a service before and now; how its tasks are. */
export interface TrafficChange {
  readonly before: readonly Targets[] | undefined;
  readonly now: readonly Targets[];
  readonly tasks: readonly ServiceTask[];
  /** Whether they say which task set they are about. */
  readonly byTaskSet?: boolean;
}

/** In ECS's words, oldest first. */
export function trafficEvents({ before = [], now, tasks, byTaskSet = false }: TrafficChange): TrafficEvent[] {
  const registered = differences(now, before);
  const deregistered = differences(before, now);
  const setOf = new Map(byTaskSet ? tasks.map(({ id, deployment }) => [id, deployment]) : []);
  return [
    ...registered.flatMap((each) => ofTargetGroup("TargetsRegistered", "registered", each, setOf)),
    ...deregistered.flatMap((each) => ofTargetGroup("TargetsDeregistered", "deregistered", each, setOf)),
    ...draining(deregistered, tasks),
  ];
}

/** One event, or one for each of the task sets that the tasks are of. */
function ofTargetGroup(
  reason: TrafficEvent["reason"],
  verb: string,
  { targetGroup, tasks }: Difference,
  setOf: ReadonlyMap<string, string | undefined>,
): TrafficEvent[] {
  return [...Map.groupBy(tasks, (id) => setOf.get(id))].map(([digits, ids]) => ({
    reason,
    text: `${verb} ${ids.length} targets in ${named(targetGroup)}`,
    taskSet: digits === undefined ? [] : [deploymentId(digits)],
    key: `${targetGroup} ${ids.join()}`,
  }));
}

function draining(deregistered: readonly Difference[], tasks: readonly ServiceTask[]): TrafficEvent[] {
  const left = new Set(deregistered.flatMap(({ tasks: ids }) => ids));
  const bySet = new Map<string, string[]>();
  for (const { id, phase, deployment } of tasks) {
    if (!left.has(id) || phase !== "STOPPING" || deployment === undefined) continue;
    bySet.set(deployment, [...(bySet.get(deployment) ?? []), id]);
  }
  return [...bySet].map(([digits, ids]) => ({
    reason: "TasksDraining" as const,
    text: `has begun draining connections on ${ids.length} tasks.`,
    taskSet: [deploymentId(digits)],
    key: ids.join(),
  }));
}

interface Difference {
  readonly targetGroup: string;
  readonly tasks: readonly string[];
}

/** For each target group the tasks that `all` has and `others` has not. */
function differences(all: readonly Targets[], others: readonly Targets[]): Difference[] {
  return all.flatMap(({ targetGroup, tasks = [] }) => {
    const known = new Set(others.find((each) => each.targetGroup === targetGroup)?.tasks);
    const fresh = tasks.filter((id) => !known.has(id));
    return fresh.length > 0 ? [{ targetGroup, tasks: fresh }] : [];
  });
}

const named = (targetGroup: string): string =>
  targetGroup.startsWith("arn:") ? `(target-group ${targetGroup})` : `(elb ${targetGroup})`;
