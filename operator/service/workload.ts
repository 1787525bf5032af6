import { LABELS } from "#lib/ecs/labels.ts";
import { deploymentDigits } from "#lib/ecs/service-deployment.ts";
import { taskSetDigits } from "#lib/ecs/task-set.ts";
import { controllerReference } from "#lib/kube/owners.ts";
import type { OwnerReference } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { selectorOf } from "./names.ts";
import type { ServiceState } from "./state.ts";

/** What is particular to a Deployment or DaemonSet that is made for a service. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  /** Labels by which it finds its Pods; they can never change. */
  readonly selector: Readonly<Record<string, string>>;
  readonly owner: OwnerReference;
}

/** Whose Deployment or DaemonSet it is that a state is about. */
export function workloadOf({ service, taskSet }: Pick<ServiceState, "service" | "taskSet">): Workload {
  const { name = "", namespace = "" } = (taskSet ?? service).metadata;
  if (taskSet !== undefined) {
    const selector = { ...selectorOf(service), [LABELS.deployment]: taskSetDigits(taskSet) };
    return { name, namespace, selector, owner: controllerReference(RESOURCES.ECSTaskSet, taskSet) };
  }
  return { name, namespace, selector: selectorOf(service), owner: controllerReference(RESOURCES.ECSService, service) };
}

/** The digits after `ecs-svc/` of what is wanted, with that task definition. */
export function wantedDigits(
  { service, taskSet }: Pick<ServiceState, "service" | "taskSet">,
  taskDefinitionArn: string,
): string {
  return taskSet !== undefined ? taskSetDigits(taskSet) : deploymentDigits(service, taskDefinitionArn);
}
