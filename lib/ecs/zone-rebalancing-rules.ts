import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import { rebalancesZones, ZONE_FIELD } from "./zone-rebalancing.ts";
import { hasTaskSets } from "./task-set.ts";

type Wish = Pick<
  ECSServiceSpec,
  | "availabilityZoneRebalancing"
  | "deploymentController"
  | "schedulingStrategy"
  | "placementConstraints"
  | "placementStrategy"
  | "deploymentConfiguration"
>;

/**
 * What a service whose tasks are to be rebalanced over Availability Zones asks for and cannot have; nothing of others.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
 */
export function zoneRebalancingProblems(service: Wish): string[] {
  if (!rebalancesZones(service)) return [];
  const { placementConstraints = [], placementStrategy = [], deploymentConfiguration } = service;
  const [first] = placementStrategy;
  const problems: [boolean, string][] = [
    [service.schedulingStrategy === "DAEMON", "is not supported by the scheduling strategy DAEMON."],
    [hasTaskSets(service), "is only supported with the deployment controller ECS."],
    [(deploymentConfiguration?.maximumPercent ?? 200) <= 100, "needs a maximumPercent of more than 100."],
    [
      placementConstraints.some(({ expression = "" }) => expression.includes("ecs.availability-zone")),
      "is not supported with placement constraints on ecs.availability-zone.",
    ],
    [
      first !== undefined && (first.type !== "spread" || first.field !== ZONE_FIELD),
      `needs the first placement strategy, where there are any, to be spread by ${ZONE_FIELD}.`,
    ],
  ];
  return problems.filter(([wrong]) => wrong).map(([, message]) => `Availability Zone rebalancing ${message}`);
}
