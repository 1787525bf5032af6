import { serviceArn } from "#lib/ecs/arns.ts";
import { type DescribedScalableTarget, scalableTargetArn } from "#lib/ecs/describe/scalable-target.ts";
import { ANNOTATIONS, API_VERSION } from "#lib/ecs/labels.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { type ECSScalableTarget, type ECSScalableTargetSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { RegisterScalableTargetRequest, SuspendedState } from "#model/generated/autoscaling/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import { createInNamespace, patchObject } from "../../common/write.ts";
import { requireService, serviceNotFound } from "../../services/service.ts";
import type { Call, Deps } from "../../operation.ts";
import type { AutoscalingHandler } from "../operation.ts";
import { checkScaling, findScalableTarget, serviceOf } from "../scalable-target.ts";

/**
 * Registers a service, or changes its registration: what the call does not name stays.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
 */
export const registerScalableTarget: AutoscalingHandler<"RegisterScalableTarget"> = async (input, deps, call) => {
  const found = await findScalableTarget(deps, input);
  const target = found ? await change(found, input, deps, call) : await create(input, deps, call);
  return { ScalableTargetARN: scalableTargetArn(target, deps.identity) };
};

async function create(input: RegisterScalableTargetRequest, deps: Deps, call: Call): Promise<ECSScalableTarget> {
  const { MinCapacity, MaxCapacity, Tags = {} } = input;
  if (MinCapacity === undefined || MaxCapacity === undefined) {
    throw invalidParameter("Both the minimum and maximum capacity must be specified for a new scalable target.");
  }
  const { cluster, service } = serviceOf(input.ResourceId);
  const { resource } = await requireService({ cluster, service }, serviceNotFound, deps, call).catch(
    (error: unknown) => {
      throw error instanceof EcsError && error.fault === "client"
        ? invalidParameter(`ECS service doesn't exist: ${input.ResourceId}`)
        : error;
    },
  );
  const { name = "", namespace = "", uid = "" } = resource.metadata;
  const target: ECSScalableTarget = {
    apiVersion: API_VERSION,
    kind: "ECSScalableTarget",
    metadata: {
      name,
      namespace,
      annotations: {
        [ANNOTATIONS.serviceArn]: serviceArn(deps.identity, cluster, service),
        [ANNOTATIONS.registeredAt]: deps.now().toISOString(),
      },
      // It goes with its service.
      ownerReferences: [{ apiVersion: API_VERSION, kind: "ECSService", name, uid }],
    },
    spec: {
      service: name,
      minCapacity: MinCapacity,
      maxCapacity: MaxCapacity,
      ...registration(input),
      ...(Object.keys(Tags).length > 0 && { tags: Tags }),
    },
  };
  checkScaling(target.spec);
  try {
    return await createInNamespace(deps, RESOURCES.ECSScalableTarget, target, call);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    throw new EcsError("ConcurrentUpdateException", "The scalable target is being registered by another call.");
  }
}

async function change(
  { doc, ref }: Found<DescribedScalableTarget>,
  input: RegisterScalableTargetRequest,
  deps: Deps,
  call: Call,
): Promise<ECSScalableTarget> {
  // Those in force: a scheduled action may have changed what was registered.
  const { MinCapacity: minCapacity = doc.target.MinCapacity, MaxCapacity: maxCapacity = doc.target.MaxCapacity } =
    input;
  const spec = { minCapacity, maxCapacity, ...registration(input) };
  checkScaling({ service: "", ...spec });
  const annotations = { [ANNOTATIONS.registeredAt]: deps.now().toISOString() };
  return patchObject<ECSScalableTarget>(deps, RESOURCES.ECSScalableTarget, ref, { annotations, spec }, call);
}

function registration({
  RoleARN,
  SuspendedState: suspended,
}: RegisterScalableTargetRequest): Partial<ECSScalableTargetSpec> {
  return {
    ...(RoleARN !== undefined && { roleARN: RoleARN }),
    ...(suspended && { suspendedState: suspension(suspended) }),
  };
}

function suspension(state: SuspendedState): NonNullable<ECSScalableTargetSpec["suspendedState"]> {
  return {
    dynamicScalingInSuspended: state.DynamicScalingInSuspended === true,
    dynamicScalingOutSuspended: state.DynamicScalingOutSuspended === true,
    scheduledScalingSuspended: state.ScheduledScalingSuspended === true,
  };
}
