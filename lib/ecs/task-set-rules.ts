import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type { UnsupportedMember } from "./member-support.ts";
import { hasTaskSets } from "./task-set.ts";

type ServiceWish = Partial<
  Pick<
    ECSServiceSpec,
    | "deploymentController"
    | "schedulingStrategy"
    | "deploymentConfiguration"
    | "taskDefinition"
    | "launchType"
    | "capacityProviderStrategy"
    | "platformVersion"
    | "networkConfiguration"
    | "volumeConfigurations"
    | "loadBalancers"
    | "serviceRegistries"
  >
>;

/** What task sets have of their own; a service with the controller EXTERNAL has none of it. */
const OF_TASK_SETS = [
  "taskDefinition",
  "launchType",
  "capacityProviderStrategy",
  "platformVersion",
  "networkConfiguration",
  "loadBalancers",
  "serviceRegistries",
] as const satisfies (keyof ServiceWish)[];

/**
 * What a service whose deployment controller is EXTERNAL or CODE_DEPLOY asks for and cannot have; nothing of others.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html deploymentController
 */
export function taskSetServiceProblems(service: ServiceWish): string[] {
  if (!hasTaskSets(service)) return [];
  const { schedulingStrategy, deploymentConfiguration = {}, volumeConfigurations = [] } = service;
  const type = service.deploymentController?.type ?? "";
  const problems: [boolean, string][] = [
    [
      schedulingStrategy === "DAEMON",
      `The deployment controller ${type} does not support the scheduling strategy DAEMON.`,
    ],
    [
      deploymentConfiguration.deploymentCircuitBreaker?.enable === true,
      `The deployment circuit breaker is not supported with the deployment controller ${type}.`,
    ],
    [
      deploymentConfiguration.alarms?.enable === true,
      `Deployment alarms are not supported with the deployment controller ${type}.`,
    ],
    [volumeConfigurations.length > 0, `volumeConfigurations are not supported with the deployment controller ${type}.`],
  ];
  return [
    ...problems.filter(([wrong]) => wrong).map(([, message]) => message),
    ...(type === "EXTERNAL" ? misplacedMembers(service) : []),
  ];
}

function misplacedMembers(service: ServiceWish): string[] {
  return OF_TASK_SETS.filter((member) => service[member] !== undefined && !isEmpty(service[member])).map(
    (member) =>
      `${member} cannot be specified for a service with the deployment controller EXTERNAL. Specify it when you create a task set.`,
  );
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

type Traffic = Partial<Pick<ECSServiceSpec, "deploymentController" | "loadBalancers" | "serviceConnectConfiguration">>;

/**
 * What of a service's traffic is not offered together with task sets, whose load balancers and registries are their own;
 * nothing of others.
 */
export function unsupportedWithTaskSets(service: Traffic): UnsupportedMember[] {
  if (!hasTaskSets(service)) return [];
  const connected = service.serviceConnectConfiguration?.enabled === true;
  const why = `the deployment controller ${service.deploymentController?.type ?? ""} has no Service Connect; use service registries`;
  return [
    ...(connected ? [{ path: "serviceConnectConfiguration.enabled", why }] : []),
    ...unsupportedTaskSetMembers(service),
  ];
}

/** The members of a task set that ask for what is not offered. */
export function unsupportedTaskSetMembers({ loadBalancers = [] }: Pick<Traffic, "loadBalancers">): UnsupportedMember[] {
  const shifts = loadBalancers.some(({ advancedConfiguration }) => advancedConfiguration !== undefined);
  const why = "traffic of task sets is shifted by whoever rolls the service out";
  return shifts ? [{ path: "loadBalancers.advancedConfiguration", why }] : [];
}
