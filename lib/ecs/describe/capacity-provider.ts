import type { ECSCapacityProvider } from "#model/generated/resources.generated.ts";
import type { CapacityProvider, CapacityProviderType, ManagedScaling } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { capacityProviderArn, clusterArn, clusterNameOf, type Identity } from "../arns.ts";
import { isFargateProvider } from "../capacity.ts";
import { ANNOTATIONS } from "../labels.ts";
import { providerNameOf } from "../node-pool.ts";

/** What ECS shows for what is left out. @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ManagedScaling.html */
const MANAGED_SCALING = {
  status: "DISABLED",
  targetCapacity: 100,
  minimumScalingStepSize: 1,
  maximumScalingStepSize: 10_000,
  instanceWarmupPeriod: 300,
} as const satisfies ManagedScaling;

/** What kind of infrastructure a capacity provider is, as its spec says. */
export function providerTypeOf(resource: ECSCapacityProvider): CapacityProviderType {
  const name = providerNameOf(resource);
  if (isFargateProvider(name)) return name === "FARGATE" ? "FARGATE" : "FARGATE_SPOT";
  return resource.spec.managedInstancesProvider === undefined ? "EC2_AUTOSCALING" : "MANAGED_INSTANCES";
}

/**
 * An ECSCapacityProvider as DescribeCapacityProviders shows it, tags included (the gateway drops them unless asked for).
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProvider.html
 */
export function describeCapacityProvider(resource: ECSCapacityProvider, identity: Identity): CapacityProvider {
  const { spec, status, metadata } = resource;
  const name = providerNameOf(resource);
  return toWire("CapacityProvider", {
    ...status,
    capacityProviderArn: capacityProviderArn(identity, name),
    name,
    ...(spec.cluster !== undefined && { cluster: clusterArn(identity, clusterNameOf(spec.cluster)) }),
    status: "ACTIVE",
    ...(spec.autoScalingGroupProvider && {
      autoScalingGroupProvider: {
        managedTerminationProtection: "DISABLED",
        managedDraining: "ENABLED",
        ...spec.autoScalingGroupProvider,
        managedScaling: { ...MANAGED_SCALING, ...spec.autoScalingGroupProvider.managedScaling },
      },
    }),
    ...(spec.managedInstancesProvider && { managedInstancesProvider: spec.managedInstancesProvider }),
    ...updateOf(),
    type: providerTypeOf(resource),
    tags: spec.tags ?? [],
  });

  function updateOf(): CapacityProvider {
    const failed = metadata.annotations?.[ANNOTATIONS.deletionFailed];
    if (failed !== undefined) return { updateStatus: "DELETE_FAILED", updateStatusReason: failed };
    if (metadata.deletionTimestamp !== undefined) return { updateStatus: "DELETE_IN_PROGRESS" };
    return { updateStatus: (metadata.generation ?? 1) > 1 ? "UPDATE_COMPLETE" : "CREATE_COMPLETE" };
  }
}

/** How a capacity provider that is gone is shown until one of its name is created again. */
export function describeDeletedCapacityProvider(resource: ECSCapacityProvider, identity: Identity): CapacityProvider {
  const { updateStatusReason: _reason, ...last } = describeCapacityProvider(resource, identity);
  return { ...last, status: "INACTIVE", updateStatus: "DELETE_COMPLETE" };
}

/** FARGATE or FARGATE_SPOT, of which no resource says anything. */
export function describeFargateProvider(name: string, identity: Identity): CapacityProvider {
  return {
    capacityProviderArn: capacityProviderArn(identity, name),
    name,
    status: "ACTIVE",
    type: name === "FARGATE" ? "FARGATE" : "FARGATE_SPOT",
    tags: [],
  };
}
