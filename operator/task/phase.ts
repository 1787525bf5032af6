import { isDeleting } from "#lib/kube/finalizers.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { ContainerRun } from "./container-run.ts";
import { drainEnd } from "./removal-times.ts";
import { startFailure } from "./start-failure.ts";
import type { Stop } from "./stop.ts";
import { hasLostPod, type TaskState } from "./state.ts";

/**
 * The states of a task, in the only order in which it goes through them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
export const PHASES = [
  "PROVISIONING",
  "PENDING",
  "ACTIVATING",
  "RUNNING",
  "DEACTIVATING",
  "STOPPING",
  "DEPROVISIONING",
  "STOPPED",
] as const;

export type Phase = (typeof PHASES)[number];

/** The later of the recorded state and the one that is found: a task never goes back. */
export function phaseOf(state: TaskState, runs: readonly ContainerRun[], stop: Stop | undefined, now: Date): Phase {
  const found = stop === undefined ? startingPhase(state, runs) : stoppingPhase(state, runs, now);
  const recorded = PHASES.findIndex((phase) => phase === state.task.status?.lastStatus);
  return PHASES[Math.max(recorded, PHASES.indexOf(found))] ?? found;
}

function startingPhase({ pod }: TaskState, runs: readonly ContainerRun[]): Phase {
  if (!pod?.spec?.nodeName) return "PROVISIONING";
  // One that cannot start holds up only a task that needs it, which is stopped then.
  const started = runs.filter((run) => run.startedAt !== undefined || startFailure(run) !== undefined).length;
  if (started === runs.length) return "RUNNING";
  return started > 0 ? "ACTIVATING" : "PENDING";
}

function stoppingPhase(state: TaskState, runs: readonly ContainerRun[], now: Date): Phase {
  const { pod } = state;
  if (pod === undefined || hasLostPod(state) || state.lostNode !== undefined) return "STOPPED";
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return "STOPPED";
  const started = runs.filter((run) => run.startedAt !== undefined);
  // What never ran has nothing to end, though its Pod is still to be removed.
  if (started.length === 0) return "STOPPED";
  const over = started.every(({ running, exit }) => !running && exit !== undefined);
  const leaving = isDeleting(pod);
  // A service's Pod that is not on its way out would be started again.
  if (over && (leaving || pod.spec?.restartPolicy === "Never")) return "STOPPED";
  return leaving && isDrained(pod, now) ? "STOPPING" : "DEACTIVATING";
}

const isDrained = (pod: Pod, now: Date): boolean => now.getTime() >= drainEnd(pod);
