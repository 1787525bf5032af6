import { isDeepStrictEqual } from "node:util";

import type {
  DeploymentInResource,
  ECSService,
  ECSServiceSpec,
  ECSServiceStatus,
} from "#model/generated/resources.generated.ts";
import { type Identity, parseTaskDefinition } from "./arns.ts";
import { taskDefinitionArnOf } from "./describe/task-definition.ts";
import { deploymentDigits } from "./service-deployment.ts";

/** The newest service deployment of a service, as its status keeps it. */
export type Rollout = NonNullable<ECSServiceStatus["rollout"]>;
/** The service revision to which a rollback would return, or has returned. */
export type Completed = NonNullable<ECSServiceStatus["lastCompleted"]>;

/**
 * What a failed service deployment has returned the service to, as long as the spec still asks for what failed:
 * a spec that asks for anything else is followed again.
 * @param asked digits of the ECS deployment that the spec asks for
 */
export function rollbackOf(rollout: Rollout | undefined, asked: string): Rollout["rollback"] {
  if (rollout === undefined || rollout.asked !== asked) return undefined;
  return rollout.rollback?.deployment === asked ? undefined : rollout.rollback;
}

/**
 * The task definition that a service's spec asks for, as an ARN. A family without revision means what the operator
 * has resolved it to, until when it stays as it is.
 */
export function wantedTaskDefinition({ spec, status }: ECSService, identity: Identity): string | undefined {
  const hasRevision = parseTaskDefinition(spec.taskDefinition ?? "")?.revision !== undefined;
  return hasRevision
    ? taskDefinitionArnOf(spec.taskDefinition, identity)
    : (status?.rollout?.taskDefinition ?? status?.taskDefinition ?? spec.taskDefinition);
}

/** Whether a service runs what it was rolled back to, and not what its spec asks for. */
export function isRolledBack(service: ECSService, identity: Identity): boolean {
  const taskDefinition = wantedTaskDefinition(service, identity);
  if (taskDefinition === undefined) return false;
  return rollbackOf(service.status?.rollout, deploymentDigits(service, taskDefinition)) !== undefined;
}

/** Members of a spec that make a new ECS deployment when they change, as a deployment shows them. */
const DEPLOYED = [
  "taskDefinition",
  "launchType",
  "capacityProviderStrategy",
  "platformVersion",
  "networkConfiguration",
  "volumeConfigurations",
  "serviceConnectConfiguration",
] as const satisfies (keyof ECSServiceSpec & keyof DeploymentInResource)[];

/** None and an empty list are the same. */
const sameLists = (one: readonly unknown[], other: readonly unknown[] = []): boolean => isDeepStrictEqual(one, other);

/** Such members that deployments do not show; the rollback keeps them. */
const KEPT_BY_ROLLBACK = ["loadBalancers", "serviceRegistries"] as const satisfies (keyof ECSServiceSpec &
  keyof NonNullable<Rollout["rollback"]>)[];

/**
 * The spec of a service that was rolled back, with what it runs in place of what it asks for; of others, their own.
 * Callers of the ECS API know only this one.
 */
export function specInForce(service: ECSService, identity: Identity): ECSServiceSpec {
  if (!isRolledBack(service, identity)) return service.spec;
  const running = service.status?.deployments?.[0] ?? {};
  const { rollback } = service.status?.rollout ?? {};
  const others = Object.entries(service.spec).filter(([member]) => !DEPLOYED.some((each) => each === member));
  const members = DEPLOYED.flatMap((member) => (running[member] === undefined ? [] : [[member, running[member]]]));
  const kept = KEPT_BY_ROLLBACK.flatMap((member) => {
    const value = rollback?.[member];
    return value === undefined || sameLists(value, service.spec[member]) ? [] : [[member, value]];
  });
  return Object.fromEntries([...others, ...members, ...kept]);
}
