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
}

/** In ECS's words, oldest first. */
export function trafficEvents({ before = [], now, tasks }: TrafficChange): TrafficEvent[] {
  const registered = differences(now, before);
  const deregistered = differences(before, now);
  return [
    ...registered.map(({ targetGroup, tasks: ids }) => ({
      reason: "TargetsRegistered" as const,
      text: `registered ${ids.length} targets in ${named(targetGroup)}`,
      taskSet: [],
      key: `${targetGroup} ${ids.join()}`,
    })),
    ...deregistered.map(({ targetGroup, tasks: ids }) => ({
      reason: "TargetsDeregistered" as const,
      text: `deregistered ${ids.length} targets in ${named(targetGroup)}`,
      taskSet: [],
      key: `${targetGroup} ${ids.join()}`,
    })),
    ...draining(deregistered, tasks),
  ];
}

function draining(deregistered: readonly Targets[], tasks: readonly ServiceTask[]): TrafficEvent[] {
  const left = new Set(deregistered.flatMap(({ tasks: ids }) => ids));
  const bySet = new Map<string, string[]>();
  for (const { id, phase, deployment } of tasks) {
    if (!left.has(id) || phase !== "STOPPING" || deployment === undefined) continue;
    bySet.set(deployment, [...(bySet.get(deployment) ?? []), id]);
  }
  return [...bySet].map(([digits, ids]) => ({
    reason: "TasksDraining" as const,
    text: `has begun draining connections on ${ids.length} tasks.`,
    taskSet: [`ecs-svc/${digits}`],
    key: ids.join(),
  }));
}

/** For each target group the tasks that `all` has and `others` has not. */
function differences(all: readonly Targets[], others: readonly Targets[]): { targetGroup: string; tasks: string[] }[] {
  return all.flatMap(({ targetGroup, tasks = [] }) => {
    const known = new Set(others.find((each) => each.targetGroup === targetGroup)?.tasks);
    const fresh = tasks.filter((id) => !known.has(id));
    return fresh.length > 0 ? [{ targetGroup, tasks: fresh }] : [];
  });
}

const named = (targetGroup: string): string =>
  targetGroup.startsWith("arn:") ? `(target-group ${targetGroup})` : `(elb ${targetGroup})`;
