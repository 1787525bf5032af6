import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type { DeploymentConfiguration } from "#model/generated/types.generated.ts";
import { isStaged } from "./lifecycle.ts";

/** When a rolling deployment counts as successful before all its tasks run. */
export interface EarlySuccess {
  /** Of the service's desired count. */
  readonly healthyPercent: number;
  /** Whether no task of the deployments before may be left. */
  readonly blocking: boolean;
}

type Wish = Partial<Pick<ECSServiceSpec, "deploymentConfiguration" | "deploymentController" | "schedulingStrategy">>;

/** What a deployment configuration says of early success; undefined where deployments complete as ever. */
export function earlySuccessOf({ earlySuccessCriteria }: DeploymentConfiguration): EarlySuccess | undefined {
  if (earlySuccessCriteria?.enable !== true) return undefined;
  const { healthyPercent = 100, sourceServiceRevisionCleanup } = earlySuccessCriteria;
  return { healthyPercent, blocking: sourceServiceRevisionCleanup !== "DEFERRED" };
}

/**
 * What a service asks for with early success criteria and cannot have; empty when all of it can.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentEarlySuccessCriteria.html
 */
export function earlySuccessProblems(service: Wish): string[] {
  const { deploymentConfiguration = {}, deploymentController, schedulingStrategy } = service;
  const { earlySuccessCriteria: criteria, strategy } = deploymentConfiguration;
  if (criteria?.enable !== true) return [];
  const { healthyPercent, sourceServiceRevisionCleanup } = criteria;
  const { minimumHealthyPercent = schedulingStrategy === "DAEMON" ? 0 : 100 } = deploymentConfiguration;
  const { type = "ECS" } = deploymentController ?? {};
  const problems: [boolean, string][] = [
    [type !== "ECS", `earlySuccessCriteria is not supported with the deployment controller ${type}.`],
    [isStaged(strategy), "earlySuccessCriteria is only valid when the deployment strategy is ROLLING."],
    [
      healthyPercent === undefined || sourceServiceRevisionCleanup === undefined,
      "healthyPercent and sourceServiceRevisionCleanup must be specified when earlySuccessCriteria is enabled.",
    ],
    [
      (healthyPercent ?? 100) < minimumHealthyPercent,
      `The healthyPercent of earlySuccessCriteria must be greater than or equal to minimumHealthyPercent, which is ${minimumHealthyPercent}.`,
    ],
  ];
  return problems.filter(([wrong]) => wrong).map(([, message]) => message);
}
