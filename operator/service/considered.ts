import type { Identity } from "#lib/ecs/arns.ts";
import { desiredService } from "./desired.ts";
import { inForce } from "./revision.ts";
import { judged } from "./service-deployment.ts";
import type { ServiceState } from "./state.ts";

/**
 * What is seen of a service, with its newest service deployment as it is to be judged now, and with what is in force
 * in the place of what the spec asks for: all that is done with the service follows from that.
 */
export function considered(observed: ServiceState, identity: Identity, now: Date): ServiceState {
  const asked = desiredService(observed, identity);
  if (!("digits" in asked)) return { ...observed, rollout: observed.service.status?.rollout };
  const { digits, taskDefinitionArn: taskDefinition } = asked;
  return inForce({ ...observed, rollout: judged(observed, { digits, taskDefinition }, now) });
}
