import { isFargateProvider } from "#lib/ecs/capacity.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import type {
  CapacityProviderStrategyItem,
  Cluster,
  LaunchType,
  NetworkConfiguration,
  TaskDefinition,
} from "#model/generated/types.generated.ts";

/** What RunTask, StartTask, CreateService and UpdateService say about where and in what network tasks run. */
export interface LaunchInput {
  launchType?: LaunchType;
  capacityProviderStrategy?: CapacityProviderStrategyItem[];
  platformVersion?: string;
  networkConfiguration?: NetworkConfiguration;
}

/** Where tasks run, at most one of the two; none means EC2. */
export type LaunchTarget = Pick<LaunchInput, "launchType" | "capacityProviderStrategy">;

const PLATFORM_VERSIONS: ReadonlySet<string> = new Set(["LATEST", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"]);

/**
 * The launch type or capacity provider strategy that a call means: its own, else the cluster's default strategy.
 * @throws EcsError `InvalidParameterException` when both are given or the strategy is not one that ECS takes.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export function launchTarget(input: LaunchInput, cluster: Cluster): LaunchTarget {
  const strategy = input.capacityProviderStrategy ?? [];
  if (strategy.length > 0) {
    if (input.launchType !== undefined) {
      throw invalidParameter(
        "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
      );
    }
    checkStrategy(strategy, cluster.capacityProviders ?? []);
    return { capacityProviderStrategy: strategy };
  }
  if (input.launchType !== undefined) return { launchType: input.launchType };
  const inherited = cluster.defaultCapacityProviderStrategy ?? [];
  return inherited.length > 0 ? { capacityProviderStrategy: inherited } : {};
}

/**
 * Checks that the task definition can run where the call wants it, in the network that the call gives.
 * @throws EcsError `InvalidParameterException` or `PlatformUnknownException`, in ECS's wording.
 */
export function checkLaunch(input: LaunchInput, target: LaunchTarget, taskDefinition: TaskDefinition): void {
  const type = launchTypeOf(target);
  const compatibilities = taskDefinition.compatibilities ?? taskDefinition.requiresCompatibilities;
  if (compatibilities !== undefined && !compatibilities.includes(type)) {
    throw invalidParameter(`Task definition does not support launch_type ${type}.`);
  }
  checkPlatformVersion(input.platformVersion, type);
  checkNetwork(input.networkConfiguration, type, taskDefinition.networkMode);
}

/** The kind of infrastructure that a target means; capacity providers other than Fargate's are EC2's. */
export function launchTypeOf(target: LaunchTarget): LaunchType {
  const fargate = target.capacityProviderStrategy?.some((item) => isFargateProvider(item.capacityProvider));
  return fargate === true ? "FARGATE" : (target.launchType ?? "EC2");
}

/**
 * Checks a capacity provider strategy against the cluster's capacity providers.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
export function checkStrategy(strategy: readonly CapacityProviderStrategyItem[], associated: readonly string[]): void {
  const names = strategy.map((item) => item.capacityProvider);
  if (new Set(names).size < names.length) {
    throw invalidParameter("The specified capacity provider strategy cannot contain duplicate capacity providers.");
  }
  if (names.some((name) => !associated.includes(name))) {
    throw invalidParameter(
      "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.",
    );
  }
  const ofFargate = names.filter((name) => isFargateProvider(name)).length;
  if (ofFargate > 0 && ofFargate < names.length) {
    throw invalidParameter(
      "The specified capacity provider strategy cannot mix Fargate capacity providers with other capacity providers.",
    );
  }
  if (strategy.filter((item) => (item.base ?? 0) > 0).length > 1) {
    throw invalidParameter("Only one capacity provider in a capacity provider strategy can have a base defined.");
  }
  if (strategy.length > 1 && strategy.every((item) => (item.weight ?? 0) === 0)) {
    throw invalidParameter(
      "At least one capacity provider in the capacity provider strategy must have a weight value greater than 0.",
    );
  }
}

function checkPlatformVersion(version: string | undefined, type: LaunchType): void {
  if (version === undefined || version === "") return;
  if (type !== "FARGATE") {
    throw invalidParameter(`The platform version must be null when specifying an ${type} launch type.`);
  }
  if (!PLATFORM_VERSIONS.has(version)) {
    throw new EcsError("PlatformUnknownException", `The specified platform version does not exist: ${version}.`);
  }
}

function checkNetwork(network: NetworkConfiguration | undefined, type: LaunchType, mode: string | undefined): void {
  const awsvpc = network?.awsvpcConfiguration;
  if (mode !== "awsvpc") {
    if (awsvpc === undefined) return;
    throw invalidParameter("Network Configuration is not valid for the given networkMode of this task definition.");
  }
  if (awsvpc === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (awsvpc.subnets.length === 0) throw invalidParameter("subnets can not be empty.");
  if (awsvpc.assignPublicIp === "ENABLED" && type !== "FARGATE") {
    throw invalidParameter("Assign public IP is not supported for this launch type.");
  }
}
