import { daemonProblems } from "#lib/ecs/daemon-rules.ts";
import { deploymentStrategyProblems } from "#lib/ecs/deployment-strategy-rules.ts";
import { deploymentConfigurationOf } from "#lib/ecs/deployment-configuration.ts";
import { describeUnsupported, unsupportedServiceMembers } from "#lib/ecs/supported-service.ts";
import { taskSetServiceProblems } from "#lib/ecs/task-set-rules.ts";
import { zoneRebalancingProblems } from "#lib/ecs/zone-rebalancing-rules.ts";
import { checkPlacement } from "../tasks/placement-checks.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type { CreateServiceRequest, TaskDefinition, UpdateServiceRequest } from "#model/generated/types.generated.ts";

const COMMON_WITH_TASK_SETS = [
  "cluster",
  "service",
  "deploymentController",
  "desiredCount",
  "placementConstraints",
  "placementStrategy",
  "healthCheckGracePeriodSeconds",
  "enableECSManagedTags",
  "propagateTags",
] as const satisfies (keyof UpdateServiceRequest)[];

/**
 * Checks what the model's rules cannot say of CreateService's input.
 * @throws EcsError `InvalidParameterException` or `UnsupportedFeatureException`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export function checkNewService(input: CreateServiceRequest): void {
  refuseUnsupported(input);
  if (input.taskDefinition === undefined && input.deploymentController?.type !== "EXTERNAL") {
    throw invalidParameter("TaskDefinition can not be blank.");
  }
  checkDaemon(input);
  const [problem] = [
    ...taskSetServiceProblems(input),
    ...deploymentStrategyProblems(input),
    ...zoneRebalancingProblems(input),
  ];
  if (problem !== undefined) throw invalidParameter(problem);
  if (input.desiredCount === undefined && input.schedulingStrategy !== "DAEMON") {
    throw invalidParameter("desiredCount is required for the scheduling strategy REPLICA.");
  }
  if (input.role !== undefined && !input.loadBalancers?.length) {
    throw invalidParameter("role is only permitted for a service that uses a load balancer.");
  }
  checkPercentages(input);
}

/**
 * Checks UpdateService's input, and what the service becomes by it.
 * @param wanted the service's spec after the update.
 * @throws EcsError `InvalidParameterException` or `UnsupportedFeatureException`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export function checkServiceUpdate(input: UpdateServiceRequest, current: ECSServiceSpec, wanted: ECSServiceSpec): void {
  refuseUnsupported(input, wanted);
  if ((current.deploymentController?.type ?? "ECS") !== (wanted.deploymentController?.type ?? "ECS")) {
    throw unsupportedFeature(
      "deploymentController: the deployment controller of a service cannot be changed; create another service",
    );
  }
  checkTaskSetService(input, current);
  const [problem] = [...deploymentStrategyProblems(wanted), ...zoneRebalancingProblems(wanted)];
  if (problem !== undefined) throw invalidParameter(problem);
  checkDaemon(wanted);
  checkPercentages(wanted);
}

/** UpdateService's members that are not a task set's, by the deployment controllers that take them. */
const UPDATED_WITH_TASK_SETS: Readonly<Record<string, readonly string[]>> = {
  EXTERNAL: COMMON_WITH_TASK_SETS,
  CODE_DEPLOY: [...COMMON_WITH_TASK_SETS, "deploymentConfiguration"],
};

/** Members as ECS's messages name them, where that is not their own name. */
const SAID: Readonly<Record<string, string>> = {
  taskDefinition: "task definition",
  networkConfiguration: "network configuration",
  platformVersion: "platform version",
  loadBalancers: "load balancers",
  capacityProviderStrategy: "capacity provider strategy",
};

function checkTaskSetService(input: UpdateServiceRequest, { deploymentController }: ECSServiceSpec): void {
  const type = deploymentController?.type ?? "ECS";
  const taken = UPDATED_WITH_TASK_SETS[type];
  if (taken === undefined) return;
  const [what, instead] =
    type === "EXTERNAL"
      ? ["an EXTERNAL deployment controller", "Create a new task set instead."]
      : ["a CODE_DEPLOY deployment controller", "Use AWS CodeDeploy to trigger a new deployment."];
  const given = Object.entries(input).filter(([member, value]) => value !== undefined && !taken.includes(member));
  for (const [member, value] of given) {
    if (member === "forceNewDeployment") {
      if (value !== true) continue;
      throw invalidParameter(`Cannot force a new deployment on services with ${what}. ${instead}`);
    }
    throw invalidParameter(`Unable to update ${SAID[member] ?? member} on services with ${what}. ${instead}`);
  }
}

/**
 * ECS Exec wants a task role in the definition of a service's tasks.
 * @param verb what cannot be done without, for the message.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
export function checkExecRole(
  service: { enableExecuteCommand?: boolean },
  taskDefinition: TaskDefinition,
  verb: "created" | "updated",
): void {
  if (service.enableExecuteCommand !== true || (taskDefinition.taskRoleArn ?? "") !== "") return;
  throw invalidParameter(
    `The service couldn't be ${verb} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.`,
  );
}

/** @param wanted the service after the call: what a strategy has is judged by that */
function refuseUnsupported(input: CreateServiceRequest | UpdateServiceRequest, wanted: ECSServiceSpec = input): void {
  const { deploymentConfiguration } = wanted;
  const unsupported = unsupportedServiceMembers({
    ...input,
    ...(input.deploymentConfiguration && deploymentConfiguration && { deploymentConfiguration }),
  });
  if (unsupported.length > 0) throw unsupportedFeature(describeUnsupported(unsupported));
  checkPlacement(input);
}

function checkDaemon(service: CreateServiceRequest | ECSServiceSpec): void {
  const [problem] = daemonProblems(service);
  if (problem !== undefined) throw invalidParameter(problem);
}

function checkPercentages(service: ECSServiceSpec): void {
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deploymentConfigurationOf(service);
  if (minimumHealthyPercent > 100) {
    throw invalidParameter("minimumHealthyPercent must be between 0 and 100.");
  }
  if (maximumPercent < 100) throw invalidParameter("maximumPercent must be at least 100.");
  if (minimumHealthyPercent === 100 && maximumPercent === 100) {
    throw invalidParameter(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
  }
}
