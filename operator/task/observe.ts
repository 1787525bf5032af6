import { clusterNameOf, parseArn } from "#lib/ecs/arns.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { unsupportedTaskMembers } from "#lib/ecs/supported-task.ts";
import { capacityOf } from "#lib/ecs/capacity.ts";
import { placementProblems } from "#lib/ecs/placement/rules.ts";
import { taskDefinitionProblems } from "#lib/ecs/supported.ts";
import { volumeConfigurationProblem } from "#lib/ecs/volume-configurations.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import type { Node, ObjectRef, Pod } from "#lib/kube/resources.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import { missingProvider } from "../capacity-provider/pools.ts";
import { type Deps, INDEX } from "../deps.ts";
import { defined } from "../pod/overrides.ts";
import { surroundingsOf } from "../pod/surroundings.ts";
import { clusterNameOfObject } from "../service/observe.ts";
import { resolveTaskDefinition } from "../service/resolve.ts";
import { isServicePod } from "./service-task.ts";
import type { Hindrance, TaskDefinitionFound, TaskState } from "./state.ts";

type Caches = Pick<Deps, "informers" | "identity" | "config" | "features">;

/** Everything about one task, from the caches. */
export function observeTask(task: ECSTask, deps: Caches): TaskState {
  const { informers, identity } = deps;
  const pod = podOf(task, deps);
  const lastPod = pod === undefined && task.status?.podUid ? informers.pods.deleted(task.status.podUid) : undefined;
  const nodeName = (pod ?? lastPod)?.spec?.nodeName ?? task.status?.nodeName;
  return {
    task,
    identity,
    surroundings: surroundingsOf(deps.config, deps.features),
    // A task stays in the cluster in which it was first seen.
    clusterName: task.status?.clusterArn ? clusterNameOf(task.status.clusterArn) : clusterNameOfObject(task, deps),
    definition: definitionOf(task, pod, deps),
    ...graceOf(task, pod, deps),
    ...defined({ pod, lastPod, node: nodeName === undefined ? undefined : nodeOf(task, nodeName, deps) }),
  };
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html (healthCheckGracePeriodSeconds) */
function graceOf(
  { metadata }: ECSTask,
  pod: Pod | undefined,
  { informers }: Caches,
): Pick<TaskState, "healthGraceSeconds"> {
  const name = pod?.metadata?.labels?.[LABELS.serviceObject];
  if (name === undefined) return {};
  const [service] = informers.services.byIndex(INDEX.serviceObject, `${metadata.namespace ?? ""}/${name}`);
  const healthGraceSeconds = service?.spec.healthCheckGracePeriodSeconds;
  return healthGraceSeconds === undefined ? {} : { healthGraceSeconds };
}

/** The node, also for a while after it was deleted. */
function nodeOf({ status }: ECSTask, nodeName: string, { informers }: Caches): Node | undefined {
  const id = parseArn(status?.containerInstanceArn ?? "")?.path.at(-1) ?? "";
  const uid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return informers.nodes.get(undefined, nodeName) ?? informers.nodes.deleted(uid);
}

/** The Pod that is, or may become, the Pod of a task: never another of the same name. */
export function podOf(task: ECSTask, { informers }: Pick<Deps, "informers">): Pod | undefined {
  const { namespace, name = "" } = task.metadata;
  const pod = podOfTaskId({ namespace, name }, { informers });
  if (pod === undefined) return undefined;
  const recorded = task.status?.podUid;
  if (recorded !== undefined) return pod.metadata?.uid === recorded ? pod : undefined;
  const own = isServicePod(pod) ? taskIdOfPod(pod.metadata?.uid ?? "") === name : isControlledBy(pod, task);
  return own ? pod : undefined;
}

/** The Pod that the task of that key stands for, whether or not the task exists. */
export function podOfTaskId({ namespace, name }: ObjectRef, { informers }: Pick<Deps, "informers">): Pod | undefined {
  const ofService = informers.pods.byIndex(INDEX.task, name).find((pod) => pod.metadata?.namespace === namespace);
  return ofService ?? informers.pods.get(namespace, name);
}

/** Id of the task that a Pod of ours runs: the name of its ECSTask. */
export function taskIdOf(pod: Pod): string | undefined {
  const { labels, name, uid } = pod.metadata ?? {};
  if (isServicePod(pod)) return uid && taskIdOfPod(uid);
  return labels?.[LABELS.task] === undefined ? undefined : name; // the label may be shortened
}

function definitionOf(
  task: ECSTask,
  pod: Pod | undefined,
  { informers, identity }: Pick<Caches, "informers" | "identity">,
): TaskDefinitionFound {
  const { podUid, taskDefinitionArn } = task.status ?? {};
  const started = podUid !== undefined || pod !== undefined;
  const inUse = taskDefinitionArn ?? pod?.metadata?.annotations?.[ANNOTATIONS.taskDefinitionArn];
  const resolution = resolveTaskDefinition(
    {
      // Once started, a task goes on with the revision that it was started with.
      reference: (started ? inUse : undefined) ?? task.spec.taskDefinition,
      inUse: inUse ?? task.spec.taskDefinition,
    },
    (family) => informers.taskDefinitions.byIndex(INDEX.family, family),
    identity,
  );
  if ("problem" in resolution) return { hindrance: resolution.problem };
  const { arn, revision, resource } = resolution.found;
  const hindrance = started ? undefined : hindranceOf(task, resource.spec, { informers });
  return hindrance ? { hindrance } : { arn, revision, family: resource.spec.family, spec: resource.spec };
}

/** Why a task definition, or what the task asks for besides, cannot be run. */
function hindranceOf(
  task: ECSTask,
  spec: Parameters<typeof taskDefinitionProblems>[0],
  deps: Pick<Deps, "informers">,
): Hindrance | undefined {
  const { invalid, unsupported } = taskDefinitionProblems(spec);
  if (invalid.length > 0) return { reason: "InvalidTaskDefinition", message: invalid.join(" ") };
  const misplaced = placementProblems(task.spec, capacityOf(task.spec, task.metadata.name ?? "").launchType);
  if (misplaced.length > 0) return { reason: "InvalidPlacement", message: misplaced.join(" ") };
  const missing = missingProvider(task.spec.capacityProviderStrategy ?? [], deps);
  if (missing !== undefined) return missing;
  const all = [...unsupported, ...unsupportedTaskMembers(task.spec)];
  if (all.length > 0) return { reason: "Unsupported", message: describeUnsupported(all) };
  const mismatch = volumeConfigurationProblem(spec.volumes, task.spec.volumeConfigurations);
  if (mismatch !== undefined) return { reason: "InvalidVolumeConfigurations", message: mismatch };
  const names = new Set(spec.containerDefinitions.map(({ name }) => name));
  const unknown = task.spec.overrides?.containerOverrides?.find(({ name }) => !names.has(name))?.name;
  if (unknown === undefined) return undefined;
  return {
    reason: "InvalidOverrides",
    message: `Override for container named ${unknown} is not a container in the TaskDefinition.`,
  };
}
