import { type Condition, type Progress, setConditions } from "#lib/kube/conditions.ts";
import type { Phase } from "./phase.ts";
import type { Stop } from "./stop.ts";
import type { TaskState } from "./state.ts";

/** Ready while the task runs, and once it has ended as it should; Stalled where it cannot start. */
export function taskConditions(state: TaskState, phase: Phase, stop: Stop | undefined, now: Date): Condition[] {
  const { metadata, status } = state.task;
  return setConditions(status?.conditions, progressOf(state, phase, stop), metadata.generation, now);
}

function progressOf({ definition, pod, task }: TaskState, phase: Phase, stop: Stop | undefined): Progress {
  if (stop !== undefined) return stopProgress(phase, stop);
  if ("hindrance" in definition && task.status?.podUid === undefined) return { stalled: definition.hindrance };
  if (phase === "RUNNING") return { ready: { reason: "Running", message: "All containers have started." } };
  const scheduled = pod?.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") {
    return {
      reconciling: {
        reason: scheduled.reason ?? "Unschedulable",
        message: scheduled.message ?? "The scheduler has found no node for the task yet.",
      },
    };
  }
  return { reconciling: { reason: "Starting", message: "The task's containers are being started." } };
}

function stopProgress(phase: Phase, { code, reason }: Stop): Progress {
  if (phase !== "STOPPED") return { reconciling: { reason: "Stopping", message: reason } };
  const finding = { reason: code, message: reason };
  return code === "TaskFailedToStart" ? { stalled: finding } : { ready: finding };
}
