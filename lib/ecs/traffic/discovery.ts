import type { ServiceConnectConfiguration } from "#model/generated/types.generated.ts";
import type { Identity } from "../arns.ts";
import { shortHash } from "../labels.ts";

const ARN = /^arn:aws[-a-z]*:servicediscovery:[-a-z0-9]*:\d{12}:(namespace|service)\/([^/]+)$/;

/** `arn:aws:servicediscovery:<region>:<account>:namespace/<id>` */
export function discoveryNamespaceArn({ region, accountId }: Identity, id: string): string {
  return `arn:aws:servicediscovery:${region}:${accountId}:namespace/${id}`;
}

/** `arn:aws:servicediscovery:<region>:<account>:service/<id>`: what ECS calls the ARN of a registry. */
export function discoveryServiceArn({ region, accountId }: Identity, id: string): string {
  return `arn:aws:servicediscovery:${region}:${accountId}:service/${id}`;
}

/** The id in the ARN of a Cloud Map namespace or service, undefined where it is none. */
export function discoveryId(type: "namespace" | "service", arn: string): string | undefined {
  const match = ARN.exec(arn);
  return match?.[1] === type ? match[2] : undefined;
}

/**
 * Id of the Cloud Map service that Service Connect keeps for a discovery name. Nobody makes it, so it is made from what
 * it is for.
 */
export function connectServiceId(namespace: string, discoveryName: string): string {
  return `srv-${shortHash(`${namespace}/${discoveryName}`, 16)}`;
}

/**
 * Whether a service takes part in Service Connect.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html
 */
export function isConnected(
  configuration: ServiceConnectConfiguration | undefined,
): configuration is ServiceConnectConfiguration {
  return configuration?.enabled === true;
}
