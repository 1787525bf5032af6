import type { ECSService } from "#model/generated/resources.generated.ts";
import type { Service } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { clusterArn, type Identity, serviceArn } from "../arns.ts";
import { ANNOTATIONS } from "../labels.ts";
import { deploymentConfigurationOf } from "../deployment-configuration.ts";
import { isRolledBack, specInForce, wantedTaskDefinition } from "../rollout.ts";
import { hasTaskSets } from "../task-set.ts";
import { deploymentsOf, wantedCount } from "./service-deployments.ts";

/**
 * An ECSService as DescribeServices shows it, tags included (the gateway drops them unless asked for). Before the
 * operator has written a status it is ACTIVE, with nothing running and its first deployment in progress.
 * @param cluster ECS name of the cluster that the service belongs to, where its status does not say it yet.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
 */
export function describeService(resource: ECSService, identity: Identity, cluster: string): Service {
  const { spec, status, metadata } = resource;
  const serviceName = serviceNameOf(resource);
  const draining = metadata.deletionTimestamp !== undefined;
  return toWire("Service", {
    ...serviceDefaults(resource),
    ...specInForce(resource, identity),
    ...primaryMembers(resource),
    deploymentConfiguration: deploymentConfigurationOf(spec),
    roleArn: spec.role,
    tags: spec.tags ?? [],
    createdAt: metadata.creationTimestamp,
    createdBy: metadata.annotations?.[ANNOTATIONS.createdBy],
    ...status,
    serviceName,
    serviceArn: status?.serviceArn ?? serviceArn(identity, cluster, serviceName),
    clusterArn: status?.clusterArn ?? clusterArn(identity, cluster),
    taskDefinition:
      hasTaskSets(spec) || isRolledBack(resource, identity)
        ? (status?.taskDefinition ?? wantedTaskDefinition(resource, identity))
        : wantedTaskDefinition(resource, identity),
    deployments: deploymentsOf(resource, identity),
    status: draining ? "DRAINING" : (status?.status ?? "ACTIVE"),
    desiredCount: draining ? 0 : wantedCount(resource),
  });
}

/** How a service that is gone is shown until one of its name is created again. */
export function describeDeletedService(resource: ECSService, identity: Identity, cluster: string): Service {
  const last = describeService(resource, identity, cluster);
  return { ...last, status: "INACTIVE", desiredCount: 0, runningCount: 0, pendingCount: 0, deployments: [] };
}

/** The ECS name of a service resource. */
export function serviceNameOf(resource: ECSService): string {
  return resource.spec.serviceName ?? resource.metadata.name ?? "";
}

/** Members of a task set that are its service's, too, once it is PRIMARY. */
const OF_PRIMARY = ["launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration"] as const;

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateServicePrimaryTaskSet.html */
function primaryMembers({ spec, status }: ECSService): object {
  if (!hasTaskSets(spec)) return {};
  const primary = status?.taskSets?.find((each) => each.status === "PRIMARY");
  if (primary === undefined) return { taskSets: [] };
  return { taskSets: [], ...Object.fromEntries(OF_PRIMARY.map((member) => [member, primary[member]])) };
}

function serviceDefaults({ spec }: ECSService): object {
  const untold = spec.capacityProviderStrategy === undefined && spec.deploymentController?.type !== "EXTERNAL";
  return {
    runningCount: 0,
    pendingCount: 0,
    ...(untold && { launchType: "EC2" }),
    ...(spec.launchType === "FARGATE" && { platformVersion: "LATEST", platformFamily: "Linux" }),
    loadBalancers: [],
    serviceRegistries: [],
    schedulingStrategy: "REPLICA",
    deploymentController: { type: "ECS" },
    events: [],
    placementConstraints: [],
    placementStrategy: [],
    availabilityZoneRebalancing: "DISABLED",
    enableECSManagedTags: false,
    enableExecuteCommand: false,
    propagateTags: "NONE",
  };
}
