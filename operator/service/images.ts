import { LABELS } from "#lib/ecs/labels.ts";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import type { Deps } from "../deps.ts";
import { containerImages } from "../image/images.ts";
import type { ContainerImage, ContainerImages } from "../pod/image.ts";
import { podContainerName } from "../pod/names.ts";
import type { DaemonSet, Deployment, ReplicaSet } from "#lib/kube/resources.ts";
import { imagesOfRevision } from "./revision.ts";
import { hasOwnTaskSets } from "./initial-task-set.ts";
import type { ServiceState } from "./state.ts";
import { wantedDigits } from "./workload.ts";

/**
 * The images of the deployment that a service asks for: resolved once, when the deployment begins, then those that the
 * Deployment has, so that all tasks of the deployment run the same and nothing rolls out by itself.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability
 */
export async function serviceImages(
  state: ServiceState,
  deps: Pick<Deps, "images" | "informers" | "now">,
  signal: AbortSignal,
): Promise<ContainerImages | undefined> {
  if ("problem" in state.taskDefinition || hasOwnTaskSets(state)) return undefined;
  const { resource, arn } = state.taskDefinition.found;
  const { containerDefinitions } = resource.spec;
  const digits = wantedDigits(state, arn);
  const begun =
    begunImages(state.deployment ?? state.daemonSet, digits, containerDefinitions) ??
    returnedImages(state, digits) ??
    recordedBefore(state);
  const wish = { since: deps.now().getTime(), insist: true, signal };
  return begun ?? containerImages(containerDefinitions, wish, deps);
}

/** The images that a service revision ran with before, for a rollback to it: nothing is resolved anew. */
function returnedImages(state: ServiceState, digits: string): ContainerImages | undefined {
  return state.rollout?.rollback?.deployment === digits ? imagesBefore(state, digits) : undefined;
}

/** The images that the service revision runs with, or did, that was last deployed completely. */
export function imagesBefore(
  { completed, replicaSets }: Pick<ServiceState, "completed" | "replicaSets">,
  digits: string,
): ContainerImages | undefined {
  if (completed === undefined || "problem" in completed.taskDefinition) return undefined;
  const { containerDefinitions } = completed.taskDefinition.found.resource.spec;
  const kept = replicaSets.map((each) => begunImages(each, digits, containerDefinitions));
  return kept.find((images) => images !== undefined) ?? imagesOfRevision(completed.revision);
}

/** Those that the new service revision was recorded with, where its tasks are started only later: if all are digests. */
function recordedBefore({ rollout, serviceRevisions }: ServiceState): ContainerImages | undefined {
  if (rollout?.status !== "IN_PROGRESS" || rollout.lifecycle === undefined) return undefined;
  const record = serviceRevisions.find(({ spec }) => spec.id === rollout.revision);
  const { containerImages = [] } = record?.spec ?? {};
  if (record === undefined || containerImages.length === 0) return undefined;
  return containerImages.every(({ imageDigest }) => imageDigest !== undefined) ? imagesOfRevision(record) : undefined;
}

/**
 * The images in the template of a Deployment or ReplicaSet if it is of that deployment already, and nobody has put
 * others there.
 */
export function begunImages(
  made: Pick<Deployment | ReplicaSet | DaemonSet, "spec"> | undefined,
  digits: string,
  containers: readonly ContainerDefinition[],
): ContainerImages | undefined {
  const template = made?.spec?.template;
  if (template?.metadata?.labels?.[LABELS.deployment] !== digits) return undefined;
  const { initContainers = [], containers: others = [] } = template.spec ?? {};
  const images = new Map<string, ContainerImage>();
  for (const { name = "", image } of containers) {
    const found = [...initContainers, ...others].find((each) => each.name === podContainerName(name));
    const begun = found && begunImage(image, found);
    if (begun === undefined) return undefined;
    images.set(name, begun);
  }
  return images;
}

function begunImage(
  wanted: string | undefined,
  { image = "", imagePullPolicy }: { image?: string; imagePullPolicy?: string },
): ContainerImage | undefined {
  if (image !== wanted && !image.startsWith(`${wanted}@sha256:`)) return undefined;
  return { image, imagePullPolicy: imagePullPolicy === "Always" ? "Always" : "IfNotPresent" };
}
