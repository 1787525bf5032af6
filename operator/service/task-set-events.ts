import type { TaskSetInResource } from "#model/generated/resources.generated.ts";

/** What has become of a task set. */
export interface TaskSetEvent {
  readonly reason: "TaskSetScaled" | "TaskSetSteady";
  readonly text: string;
  /** Which task set it is about, where that stands beside the service's name. */
  readonly taskSet: readonly string[];
  /** Tells it from others of its kind. */
  readonly key: string;
}

/** `taskSets[]` of a service as its status had them, and as they are. */
export interface TaskSetChange {
  readonly before: readonly TaskSetInResource[];
  readonly now: readonly TaskSetInResource[];
}

/** Of the numbers of tasks that changed, in ECS's words. */
export function scaleEvents({ before, now }: TaskSetChange): TaskSetEvent[] {
  return now.flatMap(({ id = "", computedDesiredCount: count = 0 }) => {
    if (count === (entryOf(before, id)?.computedDesiredCount ?? 0)) return [];
    const text = `updated computedDesiredCount for taskSet ${id} to ${count}.`;
    return [{ reason: "TaskSetScaled" as const, text, taskSet: [], key: `${id} ${count}` }];
  });
}

/** Of the task sets that became steady, be it anew since they were looked at. */
export function stabilityEvents({ before, now }: TaskSetChange): TaskSetEvent[] {
  return now.flatMap(({ id = "", stabilityStatus, stabilityStatusAt: at = "" }) => {
    const was = entryOf(before, id);
    const told = was?.stabilityStatus === "STEADY_STATE" && was.stabilityStatusAt === at;
    if (stabilityStatus !== "STEADY_STATE" || told) return [];
    const text = "updated state to STEADY_STATE.";
    return [{ reason: "TaskSetSteady" as const, text, taskSet: [id], key: `${id} ${at}` }];
  });
}

const entryOf = (taskSets: readonly TaskSetInResource[], id: string): TaskSetInResource | undefined =>
  taskSets.find((each) => each.id === id);
