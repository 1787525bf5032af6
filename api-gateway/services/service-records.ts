import { parseArn } from "#lib/ecs/arns.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import type { Failure, ServiceDeployment, ServiceDeploymentBrief } from "#model/generated/types.generated.ts";
import type { Found, Queries } from "#projector/queries.ts";

/** Failures for the ARNs of which nothing was found. */
export function missing(arns: readonly string[], found: readonly (string | undefined)[]): Failure[] {
  return arns.filter((arn) => !found.includes(arn)).map((arn) => ({ arn, reason: "MISSING" }));
}

/** What ListServiceDeployments shows of a service deployment. */
export function briefOf(deployment: ServiceDeployment): ServiceDeploymentBrief {
  const { serviceDeploymentArn, serviceArn, clusterArn, startedAt, createdAt, finishedAt } = deployment;
  const { status, statusReason, targetServiceRevision } = deployment;
  const members = { serviceDeploymentArn, serviceArn, clusterArn, startedAt, createdAt, finishedAt };
  const brief = { ...members, targetServiceRevisionArn: targetServiceRevision?.arn, status, statusReason };
  return Object.fromEntries(Object.entries(brief).filter(([, value]) => value !== undefined));
}

/**
 * The service deployment that a call names by its ARN.
 * @throws EcsError `InvalidParameterException` for what is no such ARN, `ServiceDeploymentNotFoundException`.
 */
export async function requireServiceDeployment(
  arn: string,
  queries: Pick<Queries, "serviceDeployments">,
): Promise<Found<ServiceDeployment>> {
  const parsed = parseArn(arn);
  if (parsed?.type !== "service-deployment" || parsed.path.length !== 3) {
    throw invalidParameter(`Invalid identifier: ${arn} is not the ARN of a service deployment.`);
  }
  const [found] = await queries.serviceDeployments([arn]);
  if (found === undefined) {
    throw new EcsError("ServiceDeploymentNotFoundException", "Service deployment not found.");
  }
  return found;
}
