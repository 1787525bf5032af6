import type { Recorder } from "#lib/kube/recorder.ts";
import type { ECSTask, ECSTaskStatus } from "#model/generated/resources.generated.ts";

/**
 * Tells `kubectl describe` what a task has come to, once for each change. That it runs is not told: its status and its
 * Pod's Events say so, and another Event for each task would cost as much as the rest of its start.
 */
export function recordTransition(recorder: Recorder, task: ECSTask, status: ECSTaskStatus): void {
  const before = task.status ?? {};
  if (before.lastStatus !== status.lastStatus && status.lastStatus === "STOPPED") recordStop(recorder, task, status);
  const stalled = stalledReason(status);
  if (stalled !== undefined && status.lastStatus !== "STOPPED" && stalledReason(before)?.reason !== stalled.reason) {
    recorder.event(task, "Warning", stalled.reason, stalled.message);
  }
}

function recordStop(recorder: Recorder, task: ECSTask, { stopCode, stoppedReason = "" }: ECSTaskStatus): void {
  const bad = stopCode === "TaskFailedToStart" || stopCode === "EssentialContainerExited";
  recorder.event(task, bad ? "Warning" : "Normal", stopCode ?? "Stopped", stoppedReason);
}

function stalledReason({ conditions = [] }: ECSTaskStatus): { reason: string; message: string } | undefined {
  return conditions.find(({ type, status }) => type === "Stalled" && status === "True");
}
