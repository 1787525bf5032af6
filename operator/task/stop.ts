import { LABELS } from "#lib/ecs/labels.ts";
import { instanceIdOf } from "#lib/ecs/placement/instance-facts.ts";
import type { TaskStopCode } from "#model/generated/types.generated.ts";
import { type ContainerRun, couldNotStart, endsTask } from "./container-run.ts";
import { removalRequestedAt } from "./removal-times.ts";
import { lacksResource, startFailure } from "./start-failure.ts";
import { startTimedOut } from "./start-timeout.ts";
import { hasLostPod, isOfService, podSeen, type TaskState } from "./state.ts";

/** Why a task is to stop or has stopped. */
export interface Stop {
  readonly code: TaskStopCode;
  readonly reason: string;
}

/**
 * Why the task has to stop, or undefined while it may go on. What was found first stays: a later look finds only
 * what followed from it.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html
 */
export function stopOf(
  state: TaskState,
  runs: readonly ContainerRun[],
  unhealthy: boolean,
  now: Date,
): Stop | undefined {
  return (
    recorded(state) ??
    asked(state) ??
    hostLost(state) ??
    refused(state) ??
    notStarted(runs) ??
    timedOut(runs, now) ??
    removedBefore(state, runs) ??
    ended(runs) ??
    podFailed(state, runs) ??
    removed(state) ??
    (unhealthy && isOfService(state)
      ? { code: "ServiceSchedulerInitiated", reason: "Task failed container health checks" }
      : undefined)
  );
}

function recorded({ task: { status } }: TaskState): Stop | undefined {
  if (status?.stopCode === undefined) return undefined;
  return { code: status.stopCode, reason: status.stoppedReason ?? "" };
}

function asked({ task: { spec, metadata } }: TaskState): Stop | undefined {
  if (spec.desiredStatus === "STOPPED") {
    return { code: spec.stopCode ?? "UserInitiated", reason: spec.stoppedReason ?? "Task stopped by user" };
  }
  return metadata.deletionTimestamp === undefined
    ? undefined
    : { code: "UserInitiated", reason: "Task deleted through the Kubernetes API" };
}

/** What the containers say of themselves came before their node went. */
function hostLost({ lostNode }: TaskState): Stop | undefined {
  if (lostNode === undefined) return undefined;
  const { instanceId, gone } = lostNode;
  return {
    code: "TerminationNotice",
    reason: `Host EC2 (instance ${instanceId}) ${gone ? "terminated" : "unreachable"}.`,
  };
}

function refused({ refused: reason }: TaskState): Stop | undefined {
  return reason === undefined ? undefined : { code: "TaskFailedToStart", reason };
}

function notStarted(runs: readonly ContainerRun[]): Stop | undefined {
  for (const run of runs.filter((each) => each.essential || each.awaited || lacksResource(each))) {
    const reason = startFailure(run);
    if (reason !== undefined) return { code: "TaskFailedToStart", reason };
  }
  return undefined;
}

function timedOut(runs: readonly ContainerRun[], now: Date): Stop | undefined {
  const reason = startTimedOut(runs, now);
  return reason === undefined ? undefined : { code: "TaskFailedToStart", reason };
}

/** Containers that end because their Pod is being removed end for that reason. */
function removedBefore(state: TaskState, runs: readonly ContainerRun[]): Stop | undefined {
  const requestedAt = removalRequestedAt(podSeen(state));
  if (requestedAt === undefined) return undefined;
  const first = Math.min(...runs.filter(endsTask).map(({ exit }) => Date.parse(exit?.finishedAt ?? "")));
  return first < requestedAt ? undefined : removed(state);
}

function ended(runs: readonly ContainerRun[]): Stop | undefined {
  const run = runs.find(endsTask);
  if (run === undefined) return undefined;
  if (run.until !== "finish") return { code: "EssentialContainerExited", reason: "Essential container in task exited" };
  const { name } = run.container;
  const reason = `Container '${name}', which others depend on, exited with code ${run.exit?.exitCode ?? "unknown"}`;
  return { code: "TaskFailedToStart", reason };
}

/** The kubelet ended the Pod as a whole: evicted, refused by the node, node shut down. */
function podFailed(state: TaskState, runs: readonly ContainerRun[]): Stop | undefined {
  const status = podSeen(state)?.status;
  if (status?.phase !== "Failed" && status?.phase !== "Succeeded") return undefined;
  const started = runs.some((run) => run.startedAt !== undefined && !couldNotStart(run));
  const what = [status.reason, status.message].filter((part) => part).join(": ");
  return {
    code: started ? "EssentialContainerExited" : "TaskFailedToStart",
    reason: what || "All containers of the task exited",
  };
}

function removed(state: TaskState): Stop | undefined {
  if (!hasLostPod(state) && state.pod?.metadata?.deletionTimestamp === undefined) return undefined;
  const ofDisruption = disrupted(state);
  if (ofDisruption !== undefined) return ofDisruption;
  if (isOfService(state)) {
    const digits = state.task.metadata.labels?.[LABELS.deployment];
    const by = digits === undefined ? (state.task.spec.startedBy ?? "") : `ecs-svc/${digits}`;
    return { code: "ServiceSchedulerInitiated", reason: `Scaling activity initiated by (deployment ${by})` };
  }
  return { code: "UserInitiated", reason: "The task's Pod was deleted through the Kubernetes API" };
}

/** Kubernetes says why it removed the Pod: its node went, is drained, or is needed for others. */
function disrupted(state: TaskState): Stop | undefined {
  const pod = podSeen(state);
  const conditions = pod?.status?.conditions ?? [];
  const found = conditions.find(({ type, status }) => type === "DisruptionTarget" && status === "True");
  if (found?.reason === "DeletionByPodGC") {
    const instanceId = state.node === undefined ? (pod?.spec?.nodeName ?? "") : instanceIdOf(state.node);
    return { code: "TerminationNotice", reason: `Host EC2 (instance ${instanceId}) terminated.` };
  }
  if (!found?.message) return undefined;
  return { code: isOfService(state) ? "ServiceSchedulerInitiated" : "TerminationNotice", reason: found.message };
}
