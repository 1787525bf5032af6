import { earlySuccessOf } from "#lib/ecs/early-success.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import { isDaemon, isDaemonSeen } from "./daemon.ts";
import { desiredCountOf } from "./desired-count.ts";
import { liveDeployments } from "./live-deployments.ts";
import { taskWaits } from "./settling.ts";
import type { ServiceState } from "./state.ts";

/**
 * In how many milliseconds a rolling deployment that is in progress has as many healthy tasks as its early success
 * criteria ask for; 0 once they are met. Infinity where time alone does not tell, or there are no such criteria. The
 * tasks that are then missing are started as any that a service lacks, and are not the deployment's any more.
 * @param digits of the ECS deployment
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
 */
export function earlySuccessInMs(state: ServiceState, digits: string, now: Date): number {
  const { rollout, service } = state;
  const criteria = earlySuccessOf(service.spec.deploymentConfiguration ?? {});
  if (criteria === undefined || rollout?.deployment !== digits) return Infinity;
  if (rollout.status !== "IN_PROGRESS") return rollout.status === "SUCCESSFUL" ? 0 : Infinity;
  const isAlone = liveDeployments(state).every((each) => each === digits);
  if (!isSeen(state, digits) || (criteria.blocking && !isAlone)) return Infinity;
  const needed = Math.ceil((desiredCountOf(service) * criteria.healthyPercent) / 100);
  if (needed === 0) return 0;
  return taskWaits(state, digits, now).sort((a, b) => a - b)[needed - 1] ?? Infinity;
}

/** Whether Kubernetes has begun to replace the tasks. */
function isSeen({ deployment, daemonSet, service }: ServiceState, digits: string): boolean {
  if (isDaemon(service)) return isDaemonSeen(daemonSet, digits);
  return (
    deployment?.spec?.template.metadata?.labels?.[LABELS.deployment] === digits &&
    (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
  );
}
