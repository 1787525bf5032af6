import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type {
  CreateServiceRequest,
  DeploymentConfiguration,
  DeploymentStrategy,
  UpdateServiceRequest,
} from "#model/generated/types.generated.ts";
import type { LaunchTarget } from "../tasks/launch.ts";

/** What the gateway has looked up for a call about a service. */
export interface ResolvedService {
  /** ECS name of the cluster. */
  cluster: string;
  /** `family:revision`; none for the deployment controller EXTERNAL, whose task sets have it. */
  taskDefinition?: string;
  target: LaunchTarget;
}

/** The spec of a service that CreateService makes: the call's own members, with what ECS resolves at the call. */
export function newServiceSpec(input: CreateServiceRequest, resolved: ResolvedService): ECSServiceSpec {
  const { taskDefinition } = resolved;
  const { clientToken: _, launchType: _type, capacityProviderStrategy: _strategy, ...members } = input;
  return {
    ...members,
    ...resolved.target,
    cluster: resolved.cluster,
    ...(taskDefinition !== undefined && { taskDefinition }),
  };
}

/** UpdateService's members that are taken as they come; what the others do is in {@link updatedServiceSpec}. */
const REPLACED = [
  "desiredCount",
  "availabilityZoneRebalancing",
  "networkConfiguration",
  "placementConstraints",
  "placementStrategy",
  "platformVersion",
  "healthCheckGracePeriodSeconds",
  "deploymentController",
  "enableExecuteCommand",
  "enableECSManagedTags",
  "loadBalancers",
  "propagateTags",
  "serviceRegistries",
  "serviceConnectConfiguration",
  "volumeConfigurations",
  "vpcLatticeConfigurations",
  "gatewayConnectors",
  "monitoring",
] as const satisfies (keyof UpdateServiceRequest & keyof ECSServiceSpec)[];

/**
 * The spec after UpdateService. Members that the call leaves out stay; `deploymentConfiguration` is taken member by
 * member, everything else whole; an empty capacity provider strategy returns to the launch type.
 * @param taskDefinition `family:revision` when the call names a task definition.
 */
export function updatedServiceSpec(
  current: ECSServiceSpec,
  input: UpdateServiceRequest,
  taskDefinition: string | undefined,
): ECSServiceSpec {
  const given = REPLACED.filter((member) => input[member] !== undefined);
  const { launchType, capacityProviderStrategy, ...others } = current;
  const target: LaunchTarget = {
    ...(launchType !== undefined && { launchType }),
    ...(capacityProviderStrategy !== undefined && { capacityProviderStrategy }),
  };
  return {
    ...others,
    ...targetAfter(target, input),
    ...Object.fromEntries(given.map((member) => [member, input[member]])),
    ...(taskDefinition !== undefined && { taskDefinition }),
    ...(input.deploymentConfiguration !== undefined && {
      deploymentConfiguration: configurationAfter(current.deploymentConfiguration, input.deploymentConfiguration),
    }),
  };
}

/** Members that belong to some strategies only, which do not outlive a change to another one unless the call names them. */
const OF_STRATEGIES: Readonly<Record<string, readonly DeploymentStrategy[]>> = {
  earlySuccessCriteria: ["ROLLING"],
  linearConfiguration: ["LINEAR"],
  canaryConfiguration: ["CANARY"],
  bakeTimeInMinutes: ["BLUE_GREEN", "LINEAR", "CANARY"],
  lifecycleHooks: ["BLUE_GREEN", "LINEAR", "CANARY"],
};

function configurationAfter(current: DeploymentConfiguration = {}, input: DeploymentConfiguration) {
  const { strategy = current.strategy ?? "ROLLING" } = input;
  const kept = Object.entries(current).filter(([member]) => OF_STRATEGIES[member]?.includes(strategy) ?? true);
  return { ...Object.fromEntries(kept), ...input };
}

function targetAfter(target: LaunchTarget, input: UpdateServiceRequest): LaunchTarget {
  const strategy = input.capacityProviderStrategy;
  if (strategy === undefined) return target;
  if (strategy.length > 0) return { capacityProviderStrategy: strategy };
  return target.launchType === undefined ? {} : { launchType: target.launchType };
}
