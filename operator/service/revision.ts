import { isBeforeScaleUp } from "#lib/ecs/lifecycle.ts";
import { rollbackOf } from "#lib/ecs/rollout.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import type { ECSService, ECSServiceRevision } from "#model/generated/resources.generated.ts";
import type { ContainerImage, ContainerImages } from "../pod/image.ts";
import type { CompletedRevision, ServiceState } from "./state.ts";

/**
 * The members of a service's spec that a service revision records: those that make a new deployment when they change.
 */
const RECORDED = [
  "launchType",
  "capacityProviderStrategy",
  "platformVersion",
  "networkConfiguration",
  "volumeConfigurations",
  "loadBalancers",
  "serviceRegistries",
  "serviceConnectConfiguration",
] as const satisfies (keyof ECSService["spec"] & keyof ECSServiceRevision["spec"])[];

/** What a service revision records of a service's spec as it is now. */
export function recordedMembers({ spec }: ECSService): Partial<ECSServiceRevision["spec"]> {
  return Object.fromEntries(RECORDED.flatMap((member) => (spec[member] === undefined ? [] : [[member, spec[member]]])));
}

/** The images that a service revision was deployed with, by container. */
export function recordedImages(images: ContainerImages | undefined): ECSServiceRevision["spec"]["containerImages"] {
  return [...(images ?? [])].map(([containerName, { image }]) => {
    const [name = "", imageDigest] = image.split("@");
    return { containerName, image: name, ...(imageDigest !== undefined && { imageDigest }) };
  });
}

/** {@link recordedImages} back again, for a rollback to that revision. */
export function imagesOfRevision({ spec }: ECSServiceRevision): ContainerImages {
  return new Map(
    (spec.containerImages ?? []).map(({ containerName = "", image = "", imageDigest }): [string, ContainerImage] => [
      containerName,
      { image: imageDigest === undefined ? image : `${image}@${imageDigest}`, imagePullPolicy: "IfNotPresent" },
    ]),
  );
}

/**
 * The state as all that follows is to see it: of a service that was rolled back, with the revision that it returned
 * to in place of what its spec asks for. The resource itself is never changed.
 */
export function inForce(state: ServiceState): ServiceState {
  const { rollout, completed } = state;
  if (rollout === undefined) return state;
  const rollback = rollbackOf(rollout, rollout.asked);
  if (rollback === undefined) return state;
  if (completed?.revision.spec.id !== rollback.revision) {
    const message = `The service revision ${rollback.revision}, to which the service was rolled back, is gone. Change the service for a new deployment.`;
    return { ...state, taskDefinition: { problem: { reason: "ServiceRevisionNotFound", message } } };
  }
  return atRevision(state, completed);
}

function atRevision(
  state: ServiceState,
  { revision, taskDefinition, capacity, traffic }: CompletedRevision,
): ServiceState {
  return {
    ...state,
    atRevision: revision.spec.id,
    service: serviceAt(state.service, revision),
    taskDefinition,
    ...(capacity && { capacity }),
    ...(traffic && { traffic }),
  };
}

/**
 * The state as it is for the service revision that ran before, while no task of the new one is to be started yet;
 * undefined where that is not so, or that service revision cannot be had.
 */
export function beforeScaleUp(state: ServiceState): ServiceState | undefined {
  const { rollout, completed } = state;
  if (rollout?.status !== "IN_PROGRESS" || rollout.lifecycle?.source === undefined) return undefined;
  if (!isBeforeScaleUp(rollout.lifecycle) || completed === undefined) return undefined;
  if ("problem" in completed.taskDefinition) return undefined;
  return completed.revision.spec.deployment === rollout.lifecycle.source ? atRevision(state, completed) : undefined;
}

/** A service as a service revision has recorded it. */
export function serviceAt(service: ECSService, { spec: revision }: ECSServiceRevision): ECSService {
  const spec = { ...service.spec };
  for (const member of RECORDED) delete spec[member];
  const { [ANNOTATIONS.forcedDeployment]: _forced, ...annotations } = service.metadata.annotations ?? {};
  const { forcedDeployment } = revision;
  return {
    ...service,
    metadata: {
      ...service.metadata,
      annotations: {
        ...annotations,
        ...(forcedDeployment !== undefined && { [ANNOTATIONS.forcedDeployment]: forcedDeployment }),
      },
    },
    spec: {
      ...spec,
      ...(revision.taskDefinition !== undefined && { taskDefinition: revision.taskDefinition }),
      ...Object.fromEntries(
        RECORDED.flatMap((member) => (revision[member] === undefined ? [] : [[member, revision[member]]])),
      ),
    },
  };
}
