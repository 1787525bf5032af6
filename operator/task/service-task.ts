import { parseArn } from "#lib/ecs/arns.ts";
import { ANNOTATIONS, LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { ECSService, ECSTask, ECSTaskDefinition, ECSTaskSpec } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Tag } from "#model/generated/types.generated.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";

/** Labels that a task has in common with its Pod. */
const SHARED_LABELS = [
  LABELS.cluster,
  LABELS.service,
  LABELS.serviceObject,
  LABELS.taskFamily,
  LABELS.taskRevision,
  LABELS.deployment,
] as const;

/** True for a Pod that was made for a service, by its ReplicaSet or DaemonSet, though that may be gone. */
export function isServicePod(pod: Pod): boolean {
  return pod.metadata?.labels?.[LABELS.service] !== undefined && controllerOf(pod)?.kind !== "ECSTask";
}

/**
 * The ECSTask that stands for a Pod of a service. It has no owner, because the record outlives Pod and service.
 * @returns undefined for a Pod that lacks the annotations that every one of ours has.
 */
export function serviceTask(
  pod: Pod,
  service: ECSService | undefined,
  definition: ECSTaskDefinition | undefined,
): ECSTask | undefined {
  const { namespace = "", uid = "", labels = {}, annotations = {} } = pod.metadata ?? {};
  const clusterArn = annotations[ANNOTATIONS.clusterArn];
  const taskDefinition = annotations[ANNOTATIONS.taskDefinitionArn];
  const [, serviceName] = parseArn(annotations[ANNOTATIONS.serviceArn] ?? "")?.path ?? [];
  if (clusterArn === undefined || taskDefinition === undefined || serviceName === undefined) return undefined;
  const digits = labels[LABELS.deployment];
  const id = taskIdOfPod(uid);
  const shared = SHARED_LABELS.flatMap((label) => {
    const value = labels[label];
    return value === undefined ? [] : [[label, value] as const];
  });
  return {
    apiVersion: RESOURCES.ECSTask.apiVersion,
    kind: RESOURCES.ECSTask.kind,
    metadata: {
      name: id,
      namespace,
      labels: { ...Object.fromEntries(shared), [LABELS.managedBy]: MANAGED_BY, [LABELS.task]: id },
    },
    spec: {
      cluster: clusterArn,
      taskDefinition,
      group: `service:${serviceName}`,
      ...(digits !== undefined && { startedBy: deploymentId(digits) }),
      ...fromService(service),
      ...providerOf(pod),
      ...tagsOf(clusterArn, serviceName, service, definition),
    },
  };
}

function fromService(service: ECSService | undefined): Partial<ECSTaskSpec> {
  if (service === undefined) return {};
  const { launchType, platformVersion, networkConfiguration, capacityProviderStrategy, enableExecuteCommand } =
    service.spec;
  return {
    ...(launchType && { launchType }),
    ...(platformVersion && { platformVersion }),
    ...(networkConfiguration && { networkConfiguration }),
    ...(capacityProviderStrategy && { capacityProviderStrategy }),
    ...(enableExecuteCommand !== undefined && { enableExecuteCommand }),
  };
}

/** Of the service's strategy a task has one provider: the one that was chosen for its Pod. */
function providerOf({ metadata }: Pod): Partial<ECSTaskSpec> {
  const capacityProvider = metadata?.annotations?.[ANNOTATIONS.capacityProvider];
  return capacityProvider === undefined ? {} : { capacityProviderStrategy: [{ capacityProvider, weight: 1 }] };
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
function tagsOf(
  clusterArn: string,
  serviceName: string,
  service: ECSService | undefined,
  definition: ECSTaskDefinition | undefined,
): { tags?: Tag[] } {
  const from = { SERVICE: service?.spec.tags, TASK_DEFINITION: definition?.spec.tags, NONE: undefined };
  const propagated = from[service?.spec.propagateTags ?? "NONE"] ?? [];
  const managed =
    service?.spec.enableECSManagedTags === true
      ? [
          { key: "aws:ecs:clusterName", value: parseArn(clusterArn)?.path[0] ?? "" },
          { key: "aws:ecs:serviceName", value: serviceName },
        ]
      : [];
  const tags = [...propagated, ...managed];
  return tags.length === 0 ? {} : { tags };
}
