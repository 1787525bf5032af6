import type { DeploymentInResource, ECSService } from "#model/generated/resources.generated.ts";
import { type Identity, parseTaskDefinition } from "../arns.ts";
import { rollbackOf, wantedTaskDefinition } from "../rollout.ts";
import { deploymentDigits, deploymentId } from "../service-deployment.ts";
import { hasTaskSets } from "../task-set.ts";
import { connectDeployment } from "../traffic/service-connect.ts";

/**
 * `deployments[]` of a service. Where the operator has not seen the present spec yet, they show already what it asks
 * for, as ECS does at once: a new PRIMARY deployment, or the other count. Waiters rely on it: the old deployments
 * would look like a rollout that is complete. The generation does not tell: a forced deployment is an annotation.
 */
export function deploymentsOf(service: ECSService, identity: Identity): DeploymentInResource[] {
  if (hasTaskSets(service.spec)) return [];
  const known = service.status?.deployments ?? [];
  if (service.metadata.deletionTimestamp !== undefined) return known;
  const taskDefinition = wantedTaskDefinition(service, identity);
  if (taskDefinition === undefined || parseTaskDefinition(taskDefinition)?.revision === undefined) return known;
  const digits = deploymentDigits(service, taskDefinition);
  const id = deploymentId(digits);
  const [primary, ...older] = known;
  const desiredCount = wantedCount(service);
  const rolledBack = rollbackOf(service.status?.rollout, digits) !== undefined;
  if (primary !== undefined && (primary.id === id || rolledBack)) return [{ ...primary, desiredCount }, ...older];
  const connect = connectDeployment(service.spec.serviceConnectConfiguration, undefined, identity);
  return [
    { ...newPrimary(service, { id, taskDefinition, desiredCount }), ...connect },
    ...known.filter(hasTasks).map(asActive),
  ];
}

/** The number of tasks that a service asks for; of a daemon, for as many nodes as were found last. */
export function wantedCount({ spec, status }: ECSService): number {
  return spec.schedulingStrategy === "DAEMON" ? (status?.desiredCount ?? 0) : (spec.desiredCount ?? 1);
}

function newPrimary(
  { spec, status, metadata }: ECSService,
  wanted: { id: string; taskDefinition: string; desiredCount: number },
): DeploymentInResource {
  const { capacityProviderStrategy = [], launchType = "EC2", platformVersion, networkConfiguration } = spec;
  const createdAt = status === undefined ? metadata.creationTimestamp : undefined;
  return {
    ...wanted,
    status: "PRIMARY",
    pendingCount: 0,
    runningCount: 0,
    failedTasks: 0,
    ...(createdAt !== undefined && { createdAt, updatedAt: createdAt }),
    ...(capacityProviderStrategy.length > 0 ? { capacityProviderStrategy } : { launchType }),
    ...(platformVersion !== undefined && { platformVersion }),
    ...(networkConfiguration !== undefined && { networkConfiguration }),
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${wanted.id} in progress.`,
  };
}

const hasTasks = ({ runningCount = 0, pendingCount = 0 }: DeploymentInResource): boolean =>
  runningCount + pendingCount > 0;

const asActive = (deployment: DeploymentInResource): DeploymentInResource => ({ ...deployment, status: "ACTIVE" });
