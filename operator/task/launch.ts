import { parseArn } from "#lib/ecs/arns.ts";
import { capacityOf } from "#lib/ecs/capacity.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import type { NodePool } from "#lib/ecs/node-pool.ts";
import { restartProblem } from "#lib/ecs/shell-wrapper.ts";
import { isAlreadyExists, isInvalid, isNotFound } from "#lib/kube/errors.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import { type PersistentVolumeClaim, type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { poolOf } from "../capacity-provider/pools.ts";
import type { Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { containerImages } from "../image/images.ts";
import type { ContainerImages } from "../pod/image.ts";
import type { PodInput } from "../pod/input.ts";
import { hostsFor } from "./hosts.ts";
import { ensureClaims, wantedClaims } from "../pod/claims.ts";
import type { TaskState } from "./state.ts";
import { taskPod } from "./task-pod.ts";

/** What became of starting a task: its Pod, why it can never be started, or nothing where it is not to be. */
export type Launch = { readonly pod: Pod } | { readonly refused: string } | undefined;

/**
 * Makes a task's Pod, once in the task's life: not if the stored task, read anew because caches lag, has one on
 * record. A Pod made by a process that died before it could record it is found by its name.
 */
export async function launch(state: TaskState, deps: Deps, signal: AbortSignal): Promise<Launch> {
  const { task } = state;
  const [toStart, images] = await Promise.all([isToStart(task, deps, signal), imagesOf(state, deps, signal)]);
  if (!toStart) return undefined;
  const unable = unableToRestart(state);
  if (unable !== undefined) return { refused: unable };
  const place = placeOf(state, deps);
  if ("refused" in place) return place;
  const found = { images, ...place };
  try {
    await ensureClaims(claimsOf(state), deps.kube, signal);
    const pod = await deps.kube.create<Pod>(RESOURCE.pods, taskPod(state, found), {
      fieldManager: FIELD_MANAGER,
      signal,
    });
    return { pod };
  } catch (error) {
    if (isAlreadyExists(error)) return existing(task, deps, signal);
    if (isInvalid(error)) return { refused: error.message };
    throw error;
  }
}

type Place = Pick<PodInput, "nodeName" | "hosts" | "pool">;

/** The node that StartTask named, else among which nodes the scheduler is to choose. */
function placeOf(state: TaskState, deps: Deps): Place | { readonly refused: string } {
  const instance = state.task.spec.containerInstance;
  if (instance !== undefined) {
    const nodeName = nodeNameOf(instance, deps);
    return nodeName === undefined ? { refused: `There is no container instance ${instance}.` } : { nodeName };
  }
  const hosts = hostsFor(state, deps);
  if (hosts?.length === 0) return { refused: "MemberOf placement constraint unsatisfied." };
  const pool = poolOfTask(state.task, deps);
  return { ...(hosts && { hosts }), ...(pool && { pool }) };
}

function unableToRestart({ definition, surroundings }: TaskState): string | undefined {
  if ("hindrance" in definition || surroundings?.containerRestartRules === true) return undefined;
  return restartProblem(definition.spec.containerDefinitions);
}

/** The nodes of a task's capacity provider; the launch type FARGATE means those of FARGATE. */
function poolOfTask({ spec, metadata }: ECSTask, deps: Deps): NodePool | undefined {
  const { capacityProviderName, launchType } = capacityOf(spec, metadata.name ?? "");
  const name = capacityProviderName ?? (launchType === "FARGATE" ? "FARGATE" : undefined);
  return name === undefined ? undefined : poolOf(name, deps);
}

function claimsOf({ definition, task }: TaskState): PersistentVolumeClaim[] {
  return "spec" in definition ? wantedClaims(definition.spec, task.metadata.namespace ?? "") : [];
}

/** What the images come to now; a question that was asked after the task was wished for answers that. */
async function imagesOf(state: TaskState, deps: Deps, signal: AbortSignal): Promise<ContainerImages | undefined> {
  if ("hindrance" in state.definition) return undefined;
  const since = Date.parse(state.task.metadata.creationTimestamp ?? "") || deps.now().getTime();
  return containerImages(state.definition.spec.containerDefinitions, { since, insist: false, signal }, deps);
}

async function isToStart(task: ECSTask, { kube }: Deps, signal: AbortSignal): Promise<boolean> {
  const { namespace, name = "", uid } = task.metadata;
  try {
    const stored = await kube.get<ECSTask>(RESOURCES.ECSTask, { namespace, name }, { signal });
    const untouched = stored.status?.podUid === undefined && stored.status?.lastStatus !== "STOPPED";
    return stored.metadata.uid === uid && untouched && stored.spec.desiredStatus !== "STOPPED";
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function existing(task: ECSTask, { kube }: Deps, signal: AbortSignal): Promise<Launch> {
  const { namespace, name = "" } = task.metadata;
  const pod = await kube.get<Pod>(RESOURCE.pods, { namespace, name }, { signal });
  if (isControlledBy(pod, task)) return { pod };
  return { refused: `The Pod ${name} exists already and is not this task's.` };
}

/** A node by its name, or by the container instance id that ECS knows it under. */
function nodeNameOf(instance: string, { informers }: Deps): string | undefined {
  const id = parseArn(instance)?.path.at(-1) ?? instance;
  const nodes = informers.nodes.list();
  const node =
    informers.nodes.get(undefined, id) ?? nodes.find(({ metadata }) => taskIdOfPod(metadata?.uid ?? "") === id);
  return node?.metadata?.name;
}
