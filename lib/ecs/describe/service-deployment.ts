import type { ECSServiceDeployment, ECSServiceRevision } from "#model/generated/resources.generated.ts";
import type { ServiceDeployment, ServiceRevision } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { clusterArn, type Identity, serviceArn, serviceDeploymentArn, serviceRevisionArn } from "../arns.ts";

/**
 * An ECSServiceDeployment as DescribeServiceDeployments shows it; PENDING before the operator has said anything of it.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
 */
export function describeServiceDeployment(resource: ECSServiceDeployment, identity: Identity): ServiceDeployment {
  const { spec, status, metadata } = resource;
  const { cluster = "", service = "", id = "" } = spec;
  return toWire("ServiceDeployment", {
    serviceDeploymentArn: serviceDeploymentArn(identity, cluster, service, id),
    serviceArn: serviceArn(identity, cluster, service),
    clusterArn: clusterArn(identity, cluster),
    createdAt: metadata.creationTimestamp,
    ...status,
    status: stopRequested(resource) ?? status?.status ?? "PENDING",
  });
}

/** Of a service that was deleted before its deployment had ended. */
export function describeDeletedServiceDeployment(
  resource: ECSServiceDeployment,
  identity: Identity,
  deletedAt: Date,
): ServiceDeployment {
  const last = describeServiceDeployment(resource, identity);
  if (last.finishedAt !== undefined) return last;
  const at = deletedAt.getTime() / 1000;
  const statusReason = "Service deployment stopped because the service was deleted.";
  return { ...last, status: "STOPPED", statusReason, finishedAt: at, stoppedAt: at, updatedAt: at };
}

/** Until the operator has followed a request to stop. */
function stopRequested({ spec, status }: ECSServiceDeployment): ServiceDeployment["status"] {
  const waiting = status?.status === undefined || status.status === "PENDING" || status.status === "IN_PROGRESS";
  if (spec.stopType === undefined || !waiting) return undefined;
  return spec.stopType === "ABORT" ? "STOP_REQUESTED" : "ROLLBACK_REQUESTED";
}

/**
 * An ECSServiceRevision as DescribeServiceRevisions shows it.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html
 */
export function describeServiceRevision(resource: ECSServiceRevision, identity: Identity): ServiceRevision {
  const { spec, metadata } = resource;
  const { cluster = "", service = "", id = "" } = spec;
  const byProvider = (spec.capacityProviderStrategy ?? []).length > 0;
  return toWire("ServiceRevision", {
    ...(!byProvider && { launchType: "EC2" }),
    ...spec,
    serviceRevisionArn: serviceRevisionArn(identity, cluster, service, id),
    serviceArn: serviceArn(identity, cluster, service),
    clusterArn: clusterArn(identity, cluster),
    guardDutyEnabled: false,
    createdAt: metadata.creationTimestamp,
  });
}
