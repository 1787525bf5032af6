import type {
  ContainerDefinition,
  CreateServiceRequest,
  LoadBalancer,
  NetworkMode,
  ServiceConnectConfiguration,
  ServiceRegistry,
} from "#model/generated/types.generated.ts";
import { discoveryId, isConnected } from "./discovery.ts";
import { isDnsName, parseTargetGroup } from "./names.ts";
import { discoveryNameOf, namedPort } from "./service-connect.ts";

/** What of a service brings traffic to its tasks: CreateService's or UpdateService's input, or an ECSService's spec. */
export type TrafficMembers = Partial<
  Pick<
    CreateServiceRequest,
    "loadBalancers" | "serviceRegistries" | "serviceConnectConfiguration" | "healthCheckGracePeriodSeconds"
  >
>;

/** What the rules look at in a task definition. */
export interface TrafficDefinition {
  readonly containerDefinitions?: readonly ContainerDefinition[];
  readonly networkMode?: NetworkMode;
}

const LOAD_BALANCERS_MAX = 5;

/**
 * What is wrong with how a service is to get traffic, in ECS's words where they are known; empty when nothing is.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export function trafficProblems(members: TrafficMembers, definition: TrafficDefinition): string[] {
  const { loadBalancers = [], serviceRegistries = [], serviceConnectConfiguration } = members;
  return [
    ...(loadBalancers.length > LOAD_BALANCERS_MAX
      ? [`loadBalancers can have at most ${LOAD_BALANCERS_MAX} items.`]
      : []),
    ...loadBalancers.flatMap((each) => loadBalancerProblems(each, definition)),
    ...(serviceRegistries.length > 1 ? ["serviceRegistries can have at most 1 items."] : []),
    ...serviceRegistries.flatMap((each) => registryProblems(each, definition)),
    ...connectProblems(serviceConnectConfiguration, definition),
    ...((members.healthCheckGracePeriodSeconds ?? 0) > 0 && loadBalancers.length === 0
      ? ["Health check grace period is only valid for services configured to use load balancers"]
      : []),
  ];
}

function loadBalancerProblems(loadBalancer: LoadBalancer, definition: TrafficDefinition): string[] {
  const { targetGroupArn, loadBalancerName, containerName = "", containerPort } = loadBalancer;
  if (targetGroupArn !== undefined && loadBalancerName !== undefined) {
    return ["loadBalancerName and targetGroupArn cannot both be specified."];
  }
  if (targetGroupArn === undefined && (loadBalancerName ?? "") === "") {
    return ["You must specify either a loadBalancerName or a targetGroupArn."];
  }
  if (targetGroupArn !== undefined && parseTargetGroup(targetGroupArn) === undefined) {
    return [`Invalid identifier: ${targetGroupArn} is not the ARN of a target group.`];
  }
  if (containerName === "") return ["Container Name can not be blank."];
  if (containerPort === undefined) return ["Container Port can not be blank."];
  return portProblems(containerName, containerPort, definition);
}

function portProblems(name: string, port: number, { containerDefinitions = [] }: TrafficDefinition): string[] {
  const container = containerDefinitions.find((each) => each.name === name);
  if (container === undefined) return [`The container ${name} does not exist in the task definition.`];
  const defined = container.portMappings?.some(({ containerPort }) => containerPort === port) === true;
  return defined ? [] : [`The container ${name} did not have a container port ${port} defined.`];
}

function registryProblems(registry: ServiceRegistry, definition: TrafficDefinition): string[] {
  const { registryArn = "", port, containerName, containerPort } = registry;
  if (discoveryId("service", registryArn) === undefined) {
    return [`Invalid identifier: ${registryArn} is not the ARN of a Cloud Map service.`];
  }
  if (port !== undefined && containerPort !== undefined) {
    return ["A service registry can have a port or a containerName and containerPort, not both."];
  }
  if ((containerName === undefined) !== (containerPort === undefined)) {
    return ["A service registry must have a containerName and a containerPort, or neither."];
  }
  return containerName === undefined || containerPort === undefined
    ? []
    : portProblems(containerName, containerPort, definition);
}

function connectProblems(
  configuration: ServiceConnectConfiguration | undefined,
  { containerDefinitions = [], networkMode }: TrafficDefinition,
): string[] {
  if (!isConnected(configuration)) return [];
  const services = configuration.services ?? [];
  const names = services.map(discoveryNameOf);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...(networkMode === "host" || networkMode === "none"
      ? [`Service Connect does not support the network mode ${networkMode}.`]
      : []),
    ...repeated.map((name) => `The discoveryName ${name} must be unique within the Service Connect configuration.`),
    ...services.flatMap(({ portName, clientAliases = [] }) => [
      ...(namedPort(containerDefinitions, portName) === undefined
        ? [`The portName ${portName} does not exist in the task definition.`]
        : []),
      ...(clientAliases.length > 1 ? ["clientAliases can have at most 1 items."] : []),
      ...clientAliases.flatMap(({ dnsName }) =>
        dnsName === undefined || isDnsName(dnsName) ? [] : [`Invalid dnsName in clientAliases: ${dnsName}`],
      ),
    ]),
  ];
}
