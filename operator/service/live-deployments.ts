import { LABELS } from "#lib/ecs/labels.ts";
import type { ServiceState, ServiceTask } from "./state.ts";

/** Whether a task runs or is about to. */
export const isLive = ({ phase }: Pick<ServiceTask, "phase">): boolean => phase === "PENDING" || phase === "RUNNING";

/** Digits of the ECS deployments that have tasks, or are to have some. */
export function liveDeployments({ tasks, replicaSets }: Pick<ServiceState, "tasks" | "replicaSets">): string[] {
  const withTasks = tasks.filter(isLive).map(({ deployment }) => deployment);
  const scaled = replicaSets
    .filter(({ spec, status }) => (spec?.replicas ?? 0) > 0 || (status?.replicas ?? 0) > 0)
    .map(({ metadata }) => metadata?.labels?.[LABELS.deployment]);
  return [...new Set([...withTasks, ...scaled].filter((digits) => digits !== undefined))];
}
