import { LABELS, labelValue } from "#lib/ecs/labels.ts";
import { hasTaskSets, initialTaskSetName } from "#lib/ecs/task-set.ts";
import { controllerReference } from "#lib/kube/owners.ts";
import { type ECSService, type ECSTaskSet, RESOURCES } from "#model/generated/resources.generated.ts";
import type { ServiceState } from "./state.ts";

/** Whether a state is about a service whose tasks are those of task sets, and not about one of these. */
export function hasOwnTaskSets({ service, taskSet }: Pick<ServiceState, "service" | "taskSet">): boolean {
  return taskSet === undefined && hasTaskSets(service.spec);
}

/**
 * The task set with which a service of the controller CODE_DEPLOY begins, as long as it has never had one: all of its
 * tasks, PRIMARY.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html
 */
export function initialTaskSet({
  service,
  serviceName,
  clusterName,
  taskSets = [],
}: ServiceState): ECSTaskSet | undefined {
  const begun = service.status?.taskSets !== undefined || taskSets.length > 0;
  const { taskDefinition, deploymentController } = service.spec;
  if (begun || deploymentController?.type !== "CODE_DEPLOY" || taskDefinition === undefined) return undefined;
  return {
    apiVersion: RESOURCES.ECSTaskSet.apiVersion,
    kind: RESOURCES.ECSTaskSet.kind,
    metadata: {
      name: initialTaskSetName(service),
      namespace: service.metadata.namespace ?? "",
      labels: { [LABELS.cluster]: labelValue(clusterName), [LABELS.service]: labelValue(serviceName) },
      ownerReferences: [controllerReference(RESOURCES.ECSService, service)],
    },
    spec: {
      service: serviceName,
      cluster: clusterName,
      taskDefinition,
      scale: { value: 100, unit: "PERCENT" },
      ...launchMembers(service),
    },
  };
}

function launchMembers({ spec }: ECSService): Partial<ECSTaskSet["spec"]> {
  const { launchType, capacityProviderStrategy, platformVersion, networkConfiguration } = spec;
  const { loadBalancers, serviceRegistries } = spec;
  return {
    ...(launchType !== undefined && { launchType }),
    ...(capacityProviderStrategy !== undefined && { capacityProviderStrategy }),
    ...(platformVersion !== undefined && { platformVersion }),
    ...(networkConfiguration !== undefined && { networkConfiguration }),
    ...(loadBalancers !== undefined && { loadBalancers }),
    ...(serviceRegistries !== undefined && { serviceRegistries }),
  };
}
