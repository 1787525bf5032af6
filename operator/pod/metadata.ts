import { logDestinationsAnnotation } from "#lib/ecs/awslogs.ts";
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import type { NamedContainer, PodInput, TaskInfo } from "./input.ts";
import { autoscalerAnnotations, providerMetadata } from "./pool.ts";

/** Prefixes whose annotations mean something to Kubernetes or to KECS: no image label may set them. */
const RESERVED = /(^|\.)(kubernetes\.io|k8s\.io|kecs\.io)\//;
const ANNOTATION_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Labels by which a task's Pod is found. */
export function podLabels(task: TaskInfo, family: string): Record<string, string> {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.cluster]: labelValue(task.clusterName),
    [LABELS.taskFamily]: labelValue(family),
    [LABELS.taskRevision]: String(task.revision),
    ...(task.task && { [LABELS.task]: task.task.id }),
    ...(task.group !== undefined && { [LABELS.taskGroup]: labelValue(task.group) }),
    ...(task.service && { [LABELS.service]: labelValue(task.service.name) }),
    ...providerMetadata(task.capacityProvider).labels,
    ...(task.service?.deploymentId !== undefined && { [LABELS.deployment]: task.service.deploymentId }),
  };
}

/** ARNs, where output goes, and the containers' `dockerLabels` where they can be annotations (the first container that has one wins). */
export function podAnnotations(input: PodInput): Record<string, string> {
  const { task, taskDefinition } = input;
  const dockerLabels = taskDefinition.containerDefinitions
    .toReversed()
    .flatMap((container: Partial<NamedContainer>) => Object.entries(container.dockerLabels ?? {}))
    .filter(([key]) => ANNOTATION_KEY.test(key) && !RESERVED.test(key));
  const logDestinations = logDestinationsAnnotation(taskDefinition.containerDefinitions);
  return {
    ...Object.fromEntries(dockerLabels),
    ...autoscalerAnnotations(input.pool),
    ...providerMetadata(task.capacityProvider).annotations,
    [ANNOTATIONS.clusterArn]: task.clusterArn,
    [ANNOTATIONS.taskDefinitionArn]: task.taskDefinitionArn,
    ...(task.task && { [ANNOTATIONS.taskArn]: task.task.arn }),
    ...(task.service && { [ANNOTATIONS.serviceArn]: task.service.arn }),
    ...(logDestinations !== undefined && { [ANNOTATIONS.logDestinations]: logDestinations }),
  };
}
