import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";

/** The field by which a placement strategy spreads tasks over Availability Zones. */
export const ZONE_FIELD = "attribute:ecs.availability-zone";
/** The node label that an Availability Zone is. */
export const ZONE_LABEL = "topology.kubernetes.io/zone";

/** Whether a service's tasks are to be kept even over the Availability Zones. */
export function rebalancesZones({ availabilityZoneRebalancing }: Partial<ECSServiceSpec>): boolean {
  return availabilityZoneRebalancing === "ENABLED";
}

/** A service's placement strategy with the spread over zones that goes with their rebalancing. */
export function strategyOf(service: ECSServiceSpec): ECSServiceSpec["placementStrategy"] {
  const { placementStrategy = [] } = service;
  if (!rebalancesZones(service) || placementStrategy.length > 0) return service.placementStrategy;
  return [{ type: "spread", field: ZONE_FIELD }];
}
