import type { Rollout } from "#lib/ecs/rollout.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import { bakeMs } from "./alarms.ts";
import { settlesInMs } from "./settling.ts";
import { desiredCountOf } from "./desired-count.ts";
import { isLive, liveDeployments } from "./live-deployments.ts";
import type { StageFacts } from "./stages.ts";
import type { ServiceState } from "./state.ts";

/** What is seen of a service that decides how far its deployment has come. */
export function stageFacts(state: ServiceState, rollout: Rollout, now: Date): StageFacts {
  const record = state.serviceDeployments.find(({ spec }) => spec.id === rollout.id);
  const { deployment, lifecycle } = rollout;
  return {
    now,
    answers: state.hookAnswers ?? new Map(),
    actions: record?.spec.hookActions ?? {},
    configuration: state.service.spec.deploymentConfiguration ?? {},
    alarmBakeMs: bakeMs(state, rollout),
    scaledUp: isScaledUp(state, deployment, now),
    reconciled: liveDeployments(state).every((digits) => digits === deployment || digits === lifecycle?.source),
  };
}

/** Whether as many tasks of a deployment run as are wanted, and are healthy: that is when traffic may come to them. */
function isScaledUp(state: ServiceState, digits: string, now: Date): boolean {
  const own = state.tasks.filter((task) => task.deployment === digits && isLive(task));
  const made = state.deployment?.spec?.template.metadata?.labels?.[LABELS.deployment] === digits;
  const running = own.filter(({ phase }) => phase === "RUNNING").length;
  return (
    made && running === own.length && running >= desiredCountOf(state.service) && settlesInMs(state, digits, now) === 0
  );
}
