import { taskArn, clusterArn } from "#lib/ecs/arns.ts";
import { capacityOf } from "#lib/ecs/capacity.ts";
import { defaultGroup } from "#lib/ecs/describe/task.ts";
import { LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import { controllerReference } from "#lib/kube/owners.ts";
import type { Pod } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { PodInput } from "../pod/input.ts";
import { podSpecOf } from "../pod/pod-spec.ts";
import type { TaskState } from "./state.ts";

/**
 * Holds a Pod that its task's status does not name yet. A Pod must not vanish before that, or a restart of the
 * operator could not tell a task whose Pod is gone from one that was never started.
 */
export const RECORD_FINALIZER = "kecs.io/task-record";

/**
 * The Pod of a task of RunTask.
 * @param found what its images came to; the nodes of its capacity provider; the node that StartTask chose, or the host names to which the task's
 * constraints come down
 * @throws Error when the task's definition has not been found.
 */
export function taskPod(state: TaskState, found: Pick<PodInput, "images" | "nodeName" | "hosts" | "pool">): Pod {
  const { task, definition, identity, clusterName, surroundings } = state;
  if ("hindrance" in definition) throw new Error(definition.hindrance.message);
  const { name = "", namespace = "" } = task.metadata;
  const { overrides, placementConstraints, placementStrategy, volumeConfigurations } = task.spec;
  const group = task.spec.group ?? defaultGroup(task.spec.taskDefinition);
  const { launchType, capacityProviderName } = capacityOf(task.spec, name);
  const template = podSpecOf({
    taskDefinition: definition.spec,
    restartPolicy: "Never",
    task: {
      region: identity.region,
      clusterName,
      clusterArn: clusterArn(identity, clusterName),
      taskDefinitionArn: definition.arn,
      revision: definition.revision,
      task: { id: name, arn: taskArn(identity, clusterName, name) },
      ...(group !== undefined && { group }),
      ...(launchType && { launchType }),
      ...(capacityProviderName !== undefined && { capacityProvider: capacityProviderName }),
      surroundings,
    },
    ...(overrides && { overrides }),
    ...(placementConstraints && { placementConstraints }),
    ...(placementStrategy && { placementStrategy }),
    ...(volumeConfigurations && { volumeConfigurations }),
    ...found,
  });
  return {
    metadata: {
      ...template.metadata,
      name,
      namespace,
      labels: { ...template.metadata.labels, [LABELS.managedBy]: MANAGED_BY, [LABELS.task]: labelValue(name) },
      finalizers: [RECORD_FINALIZER],
      ownerReferences: [controllerReference(RESOURCES.ECSTask, task)],
    },
    spec: template.spec,
  };
}
