import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import { LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { Informer } from "#lib/kube/informer.ts";
import { type Node, type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import type { Metrics } from "#lib/metrics.ts";
import { type ECSTask, type ECSTaskDefinition, RESOURCES } from "#model/generated/resources.generated.ts";

/** What the agent knows of Kubernetes; it writes nothing there. */
export interface Caches {
  /** Only Pods labelled as KECS's. */
  readonly pods: Informer<Pod>;
  readonly tasks: Informer<ECSTask>;
  readonly taskDefinitions: Informer<ECSTaskDefinition>;
  readonly nodes: Informer<Node>;
}

const UID = "uid";
const REVISION = "revision";

/** The caches, not yet started. */
export function createCaches(deps: { client: KubeClient; log: Logger; metrics: Metrics }): Caches {
  return {
    pods: new Informer<Pod>({
      ...deps,
      resource: RESOURCE.pods,
      labelSelector: `${LABELS.managedBy}=${MANAGED_BY}`,
      indexes: { [UID]: ({ metadata }) => (metadata?.uid ? [metadata.uid] : []) },
    }),
    tasks: new Informer<ECSTask>({ ...deps, resource: RESOURCES.ECSTask }),
    taskDefinitions: new Informer<ECSTaskDefinition>({
      ...deps,
      resource: RESOURCES.ECSTaskDefinition,
      indexes: { [REVISION]: (definition) => [`${definition.spec.family}:${revisionOf(definition) ?? ""}`] },
    }),
    nodes: new Informer<Node>({ ...deps, resource: RESOURCE.nodes }),
  };
}

export function podByUid({ pods }: Pick<Caches, "pods">, uid: string): Pod | undefined {
  return pods.byIndex(UID, uid)[0];
}

/** The task that a Pod of ours runs: of the same name, or made from its uid for a Pod of a service. */
export function taskOfPod({ tasks }: Pick<Caches, "tasks">, { metadata = {} }: Pod): ECSTask | undefined {
  const { namespace, uid = "", name = "", labels = {} } = metadata;
  const ofService = labels[LABELS.task] === undefined;
  return tasks.get(namespace, ofService ? taskIdOfPod(uid) : name);
}

export function definitionOf(
  { taskDefinitions }: Pick<Caches, "taskDefinitions">,
  arn: string,
): ECSTaskDefinition | undefined {
  const { family = "", revision } = parseTaskDefinition(arn) ?? {};
  return taskDefinitions.byIndex(REVISION, `${family}:${revision ?? ""}`)[0];
}
