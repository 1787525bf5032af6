import { alarmNameOf } from "#lib/ecs/alarm.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type { ECSAlarm } from "#model/generated/resources.generated.ts";
import type { ServiceState } from "./state.ts";

/** Names of a service's alarms that are in the state ALARM; none where its deployments do not watch them. */
export function raisedAlarms({ service, alarms }: Pick<ServiceState, "service" | "alarms">): string[] {
  if (service.spec.deploymentConfiguration?.alarms?.enable !== true) return [];
  return alarms.filter(({ spec }) => spec.state === "ALARM").map(alarmNameOf);
}

/**
 * Whether a service deployment that now begins watches its alarms: not when one of them is raised already, for that
 * is what the deployment may be there to cure.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
 */
export function watchOf(state: Pick<ServiceState, "service" | "alarms">): Pick<Rollout, "alarms"> {
  if (state.service.spec.deploymentConfiguration?.alarms?.enable !== true) return {};
  return { alarms: raisedAlarms(state).length > 0 ? "DISABLED" : "MONITORING" };
}

/** For how many milliseconds a deployment's alarms are watched after its tasks run: as long as the slowest needs. */
export function bakeMs({ service, alarms }: Pick<ServiceState, "service" | "alarms">, rollout: Rollout): number {
  if (service.spec.deploymentConfiguration?.alarms?.enable !== true || rollout.alarms === "DISABLED") return 0;
  return Math.max(0, ...alarms.map(({ spec }: ECSAlarm) => spec.evaluationSeconds ?? 0)) * 1000;
}
