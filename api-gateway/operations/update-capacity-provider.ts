import { describeCapacityProvider } from "#lib/ecs/describe/capacity-provider.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { invalidParameter } from "#lib/errors.ts";
import {
  type ECSCapacityProvider,
  type ECSCapacityProviderSpec,
  RESOURCES,
} from "#model/generated/resources.generated.ts";
import type { UpdateCapacityProviderRequest } from "#model/generated/types.generated.ts";
import { ifThere, requireProvider } from "../capacity-providers/capacity-provider.ts";
import { patchObject } from "../common/write.ts";
import { updateSpec } from "../common/update-spec.ts";
import type { Handler } from "../operation.ts";

/**
 * Changes what a capacity provider says of its machines, member by member.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCapacityProvider.html
 */
export const updateCapacityProvider: Handler<"UpdateCapacityProvider"> = async (input, deps, call) => {
  const { ref } = await requireProvider(deps, input.name, input.cluster);
  const updated = await ifThere(
    updateSpec<ECSCapacityProvider>(
      deps,
      {
        resource: RESOURCES.ECSCapacityProvider,
        ref: { name: ref.name },
        change: ({ spec }) => ({ ...spec, ...changed(spec, input) }),
      },
      call,
    ),
  );
  const resource = await withoutFailure(updated);
  return { capacityProvider: describeCapacityProvider(resource, deps.identity) };

  /** What a deletion in vain left behind is over with the first change. */
  function withoutFailure(current: ECSCapacityProvider): Promise<ECSCapacityProvider> | ECSCapacityProvider {
    if (current.metadata.annotations?.[ANNOTATIONS.deletionFailed] === undefined) return current;
    const patch = { annotations: { [ANNOTATIONS.deletionFailed]: null } };
    return ifThere(patchObject(deps, RESOURCES.ECSCapacityProvider, { name: ref.name, uid: ref.uid }, patch, call));
  }
};

function changed(
  { autoScalingGroupProvider: group, managedInstancesProvider: instances }: ECSCapacityProviderSpec,
  { autoScalingGroupProvider, managedInstancesProvider }: UpdateCapacityProviderRequest,
): Partial<ECSCapacityProviderSpec> {
  if ((autoScalingGroupProvider && !group) || (managedInstancesProvider && !instances)) {
    throw invalidParameter("The type of a capacity provider can't be changed.");
  }
  const managedScaling = { ...group?.managedScaling, ...autoScalingGroupProvider?.managedScaling };
  return {
    ...(autoScalingGroupProvider &&
      group && {
        autoScalingGroupProvider: {
          ...group,
          ...autoScalingGroupProvider,
          ...(Object.keys(managedScaling).length > 0 && { managedScaling }),
        },
      }),
    ...(managedInstancesProvider &&
      instances && {
        managedInstancesProvider: {
          ...instances,
          ...managedInstancesProvider,
          instanceLaunchTemplate: {
            ...instances.instanceLaunchTemplate,
            ...managedInstancesProvider.instanceLaunchTemplate,
          },
        },
      }),
  };
}
