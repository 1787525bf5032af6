import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { isProtected } from "#lib/ecs/task-protection.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { containersRunOnce } from "../pod/restart.ts";
import type { KubeObject, Pod } from "#lib/kube/resources.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import { trafficOfPod } from "../traffic/targets.ts";
import type { ServiceTask, TaskPhase } from "./state.ts";

const PHASES: Readonly<Record<string, TaskPhase>> = {
  PROVISIONING: "PENDING",
  PENDING: "PENDING",
  ACTIVATING: "PENDING",
  RUNNING: "RUNNING",
  DEACTIVATING: "STOPPING",
  STOPPING: "STOPPING",
  DEPROVISIONING: "STOPPING",
  STOPPED: "STOPPED",
  DELETED: "STOPPED",
};

const FAILURES: ReadonlySet<string | undefined> = new Set(["TaskFailedToStart", "EssentialContainerExited"]);

/**
 * A service's tasks, oldest first: each ECSTask with its Pod, and each Pod whose ECSTask is still to be written.
 * Either is written by someone else at another time, so the one that is further on counts.
 */
export function serviceTasks(ecsTasks: readonly ECSTask[], pods: readonly Pod[], now: Date): ServiceTask[] {
  const podById = new Map(pods.map((pod) => [taskIdOfPod(pod.metadata?.uid ?? ""), pod]));
  const recorded = ecsTasks.map((task) => fromTask(task, podById.get(task.metadata.name ?? ""), now));
  const ids = new Set(recorded.map(({ id }) => id));
  const unrecorded = [...podById].filter(([id]) => !ids.has(id)).flatMap(([id, pod]) => fromPod(id, pod));
  return [...recorded, ...unrecorded].sort(
    (a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id),
  );
}

function fromTask(task: ECSTask, pod: Pod | undefined, now: Date): ServiceTask {
  const { metadata, status, spec } = task;
  const phase = phaseOf(task, pod);
  return {
    id: metadata.name ?? "",
    phase,
    createdAt: status?.createdAt ?? metadata.creationTimestamp ?? "",
    taskDefinition: status?.taskDefinitionArn ?? spec.taskDefinition,
    placed: phase !== "PENDING" || isPlaced(pod),
    ...endOf(task, phase),
    ...healthOf(task, pod),
    ...(status?.startedAt !== undefined && { startedAt: status.startedAt }),
    ...(status?.stoppedAt !== undefined && { stoppedAt: status.stoppedAt }),
    ...readinessOf(phase, pod),
    ...protectionOf(task, now),
    ...placeOf(phase, task, pod),
    ...providerOf(pod),
    ...trafficOf(pod),
  };
}

/** A container that has ended is not ready, and so is its Pod; all others must be. */
function readinessOf(phase: TaskPhase, pod: Pod | undefined): Pick<ServiceTask, "partlyEnded"> {
  const { containerStatuses = [] } = pod?.status ?? {};
  const once = containersRunOnce(pod?.spec);
  const ended = containerStatuses.filter(({ name, state }) => state?.terminated !== undefined && once.includes(name));
  const runs = phase === "RUNNING" && containerStatuses.every((each) => each.ready || ended.includes(each));
  return runs && ended.length > 0 ? { partlyEnded: true } : {};
}

function trafficOf(pod: Pod | undefined): Pick<ServiceTask, "traffic"> {
  const traffic = trafficOfPod(pod);
  return traffic.length > 0 ? { traffic } : {};
}

function endOf(task: ECSTask, phase: TaskPhase): Pick<ServiceTask, "stoppedByScheduler" | "failed" | "unhealthy"> {
  const { stopCode } = task.status ?? {};
  const unhealthy = isUnhealthy(task);
  return {
    stoppedByScheduler: stopCode === "ServiceSchedulerInitiated",
    failed: phase === "STOPPED" && (FAILURES.has(stopCode) || unhealthy),
    ...(unhealthy && { unhealthy }),
  };
}

/** Its containers' checks, or those of a load balancer, failed: then the scheduler replaces it. */
function isUnhealthy({ status }: ECSTask): boolean {
  return (
    status?.stopCode === "ServiceSchedulerInitiated" && /^Task failed .*health checks/.test(status.stoppedReason ?? "")
  );
}

/** Since when its checks pass: a Pod some of whose containers have ended is never ready as a whole. */
function healthOf({ status }: ECSTask, pod: Pod | undefined): Pick<ServiceTask, "healthySince"> {
  const ready = pod?.status?.conditions?.find(({ type }) => type === "Ready");
  const since = ready?.lastTransitionTime ?? status?.startedAt;
  return status?.healthStatus === "HEALTHY" && since !== undefined ? { healthySince: since } : {};
}

function protectionOf(task: ECSTask, now: Date): Pick<ServiceTask, "protectedUntil"> {
  const { protectedUntil } = task.spec;
  return protectedUntil !== undefined && isProtected(task, now) ? { protectedUntil } : {};
}

/** A task whose Pod is going or gone is stopping, though its record may not say so yet. */
function phaseOf({ status, metadata }: ECSTask, pod: Pod | undefined): TaskPhase {
  const recorded = PHASES[status?.lastStatus ?? "PROVISIONING"] ?? "PENDING";
  if (recorded === "STOPPED" || recorded === "STOPPING") return recorded;
  const leaving = pod === undefined || pod.metadata?.deletionTimestamp !== undefined;
  return leaving || metadata.deletionTimestamp !== undefined ? "STOPPING" : recorded;
}

/** Nothing for a Pod that has ended: it leaves no task that anyone has seen. */
function fromPod(id: string, pod: Pod): ServiceTask[] {
  const { metadata, status } = pod;
  if (metadata?.deletionTimestamp !== undefined || status?.phase === "Failed" || status?.phase === "Succeeded")
    return [];
  return [
    {
      id,
      phase: "PENDING",
      createdAt: metadata?.creationTimestamp ?? "",
      stoppedByScheduler: false,
      failed: false,
      placed: isPlaced(pod),
      ...placeOf("PENDING", pod, pod),
      ...providerOf(pod),
    },
  ];
}

/** The deployment and the ReplicaSet that a task belongs to, and why it waits for a node if it does. */
function placeOf(
  phase: TaskPhase,
  labelled: KubeObject,
  pod: Pod | undefined,
): Pick<ServiceTask, "deployment" | "unplaceable" | "replicaSet"> {
  const deployment = labelled.metadata?.labels?.[LABELS.deployment] ?? pod?.metadata?.labels?.[LABELS.deployment];
  const unplaceable = phase === "PENDING" && pod ? unplaceableReason(pod) : undefined;
  const replicaSet = pod && controllerOf(pod)?.uid;
  return {
    ...(deployment !== undefined && { deployment }),
    ...(unplaceable !== undefined && { unplaceable }),
    ...(replicaSet !== undefined && { replicaSet }),
  };
}

function providerOf(pod: Pod | undefined): Pick<ServiceTask, "capacityProvider"> {
  const capacityProvider = pod?.metadata?.annotations?.[ANNOTATIONS.capacityProvider];
  return capacityProvider === undefined ? {} : { capacityProvider };
}

function isPlaced(pod: Pod | undefined): boolean {
  return pod?.spec?.nodeName !== undefined;
}

function unplaceableReason(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  return scheduled?.status === "False" && scheduled.reason === "Unschedulable" ? (scheduled.message ?? "") : undefined;
}
