import type { DaemonSet, Deployment, Event, Pod, ReplicaSet } from "#lib/kube/resources.ts";
import type { KubernetesObject } from "./kubernetes-kinds.ts";

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

/** How an object stands, or what an Event says, in one line. */
export function summaryOf(object: KubernetesObject): string {
  switch (object.kind) {
    case "Pod":
      return podSummary(object);
    case "Event":
      return eventSummary(object);
    case "DaemonSet":
      return daemonSetSummary(object);
    default:
      return replicasSummary(object);
  }
}

/** `Running on node-1; app: running; proxy: terminated, OOMKilled, exit code 137; to be deleted`. */
function podSummary({ metadata, spec, status = {} }: Pod): string {
  const { phase = "Pending", reason, message, conditions = [] } = status;
  const unscheduled = conditions.find(({ type, status: met }) => type === "PodScheduled" && met === "False");
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return [
    `${phase}${spec?.nodeName === undefined ? "" : ` on ${spec.nodeName}`}`,
    ...line(reason, message),
    ...line(unscheduled?.reason, unscheduled?.message),
    ...containers.map(containerSummary),
    ...(metadata?.deletionTimestamp === undefined ? [] : ["to be deleted"]),
  ].join("; ");
}

function containerSummary({ name, state = {}, restartCount, ready }: ContainerStatus): string {
  const { waiting, terminated, running } = state;
  const restarts = restartCount > 0 ? [`${restartCount} restarts`] : [];
  if (terminated) {
    const { reason, message, exitCode } = terminated;
    return `${name}: ${["terminated", ...line(reason, message), `exit code ${exitCode}`, ...restarts].join(", ")}`;
  }
  if (running) return `${name}: ${[ready ? "running" : "running, not ready", ...restarts].join(", ")}`;
  return `${name}: ${["waiting", ...line(waiting?.reason, waiting?.message), ...restarts].join(", ")}`;
}

/** `Warning FailedScheduling: 0/1 nodes are available: 1 Insufficient memory. (7 times)`. */
function eventSummary({ type = "Normal", reason = "", message = "", count, series }: Event): string {
  const times = Math.max(count ?? 1, series?.count ?? 1);
  return `${type} ${reason}: ${message.trim()}${times > 1 ? ` (${times} times)` : ""}`;
}

/** `3 wanted, 3 made, 2 ready; Progressing: ReplicaSetUpdated; to be deleted`. */
function replicasSummary({ metadata, spec, status = {} }: Deployment | ReplicaSet): string {
  const { replicas = 0, readyReplicas = 0, conditions = [] } = status;
  return [
    `${spec?.replicas ?? 1} wanted, ${replicas} made, ${readyReplicas} ready`,
    ...conditions.filter(isWorthSaying).map(({ type, reason, message }) => `${type}: ${line(reason, message).join()}`),
    ...(metadata?.deletionTimestamp === undefined ? [] : ["to be deleted"]),
  ].join("; ");
}

/** That all is well goes without saying. */
function isWorthSaying({ type, status }: { type: string; status: string }): boolean {
  return type === "ReplicaFailure" ? status === "True" : status !== "True";
}

function daemonSetSummary({ metadata, status }: DaemonSet): string {
  const { desiredNumberScheduled = 0, currentNumberScheduled = 0, numberReady = 0 } = status ?? {};
  const deleting = metadata?.deletionTimestamp === undefined ? "" : "; to be deleted";
  return `${desiredNumberScheduled} wanted, ${currentNumberScheduled} made, ${numberReady} ready${deleting}`;
}

function line(reason: string | undefined, message: string | undefined): string[] {
  const text = [reason, message?.trim()].filter((part) => part !== undefined && part !== "").join(": ");
  return text === "" ? [] : [text];
}
