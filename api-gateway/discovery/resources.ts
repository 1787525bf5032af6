import { randomBytes } from "node:crypto";
import type { Identity } from "#lib/ecs/arns.ts";
import { discoveryId, discoveryNamespaceArn, discoveryServiceArn } from "#lib/ecs/traffic/discovery.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import {
  DISCOVERY_RESOURCES,
  type ECSDiscoveryNamespace,
  type ECSDiscoveryService,
} from "#model/generated/servicediscovery/resources.generated.ts";
import type { Namespace, Service } from "#model/generated/servicediscovery/types.generated.ts";
import { namespaceNotFound, serviceNotFound } from "./errors.ts";

type Reader = { readonly kube: KubeClient };

/** A new id, as Cloud Map's look: `ns-` or `srv-` and 16 letters and digits. It is the resource's name. */
export function newId(prefix: "ns" | "srv"): string {
  return `${prefix}-${randomBytes(8).toString("hex")}`;
}

/** All namespaces, in the order of their ids. */
export async function allNamespaces({ kube }: Reader, signal: AbortSignal): Promise<ECSDiscoveryNamespace[]> {
  const { items } = await kube.list<ECSDiscoveryNamespace>(DISCOVERY_RESOURCES.ECSDiscoveryNamespace, { signal });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(byName);
}

/** All services, in the order of their ids. */
export async function allServices({ kube }: Reader, signal: AbortSignal): Promise<ECSDiscoveryService[]> {
  const { items } = await kube.list<ECSDiscoveryService>(DISCOVERY_RESOURCES.ECSDiscoveryService, { signal });
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).sort(byName);
}

/** @param reference id or ARN @throws EcsError `NamespaceNotFound` */
export async function requireNamespace(
  { kube }: Reader,
  reference: string,
  signal: AbortSignal,
): Promise<ECSDiscoveryNamespace> {
  const name = discoveryId("namespace", reference) ?? reference;
  const found = await find<ECSDiscoveryNamespace>(kube, "ECSDiscoveryNamespace", name, signal);
  if (found === undefined) throw namespaceNotFound(reference);
  return found;
}

/** @param reference id or ARN @throws EcsError `ServiceNotFound` */
export async function requireDiscoveryService(
  { kube }: Reader,
  reference: string,
  signal: AbortSignal,
): Promise<ECSDiscoveryService> {
  const name = discoveryId("service", reference) ?? reference;
  const found = await find<ECSDiscoveryService>(kube, "ECSDiscoveryService", name, signal);
  if (found === undefined) throw serviceNotFound(reference);
  return found;
}

async function find<T>(
  kube: KubeClient,
  kind: keyof typeof DISCOVERY_RESOURCES,
  name: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name)) return undefined;
  try {
    return (await kube.get(DISCOVERY_RESOURCES[kind], { name }, { signal })) as T;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A namespace as GetNamespace shows it. */
export function describeNamespace(
  { metadata, spec }: ECSDiscoveryNamespace,
  serviceCount: number,
  identity: Identity,
): Namespace {
  const { name, type = "DNS_PRIVATE", description, creatorRequestId } = spec;
  const id = metadata.name ?? "";
  return {
    Id: id,
    Arn: discoveryNamespaceArn(identity, id),
    ResourceOwner: identity.accountId,
    Name: name,
    Type: type,
    ServiceCount: serviceCount,
    ...(description !== undefined && { Description: description }),
    Properties: {
      ...(type === "DNS_PRIVATE" && { DnsProperties: { HostedZoneId: `Z${id.replace(/^ns-/, "").toUpperCase()}` } }),
      HttpProperties: { HttpName: name },
    },
    CreateDate: seconds(metadata.creationTimestamp),
    ...(creatorRequestId !== undefined && { CreatorRequestId: creatorRequestId }),
  };
}

/** A service as GetService shows it. */
export function describeDiscoveryService(
  { metadata, spec }: ECSDiscoveryService,
  instanceCount: number,
  identity: Identity,
): Service {
  const { name, namespace, description, dnsRecords, routingPolicy = "MULTIVALUE", failureThreshold } = spec;
  const id = metadata.name ?? "";
  return {
    Id: id,
    Arn: discoveryServiceArn(identity, id),
    ResourceOwner: identity.accountId,
    Name: name,
    NamespaceId: namespace,
    InstanceCount: instanceCount,
    Type: dnsRecords ? "DNS_HTTP" : "HTTP",
    ...(description !== undefined && { Description: description }),
    ...(dnsRecords && {
      DnsConfig: {
        NamespaceId: namespace,
        RoutingPolicy: routingPolicy,
        DnsRecords: dnsRecords.map(({ type, ttl }) => ({ Type: type, TTL: ttl })),
      },
    }),
    ...(failureThreshold !== undefined && { HealthCheckCustomConfig: { FailureThreshold: failureThreshold } }),
    CreateDate: seconds(metadata.creationTimestamp),
    ...(spec.creatorRequestId !== undefined && { CreatorRequestId: spec.creatorRequestId }),
  };
}

const seconds = (time: string | undefined): number => Date.parse(time ?? "1970-01-01T00:00:00Z") / 1000;

const byName = (a: { metadata: { name?: string } }, b: { metadata: { name?: string } }): number =>
  (a.metadata.name ?? "").localeCompare(b.metadata.name ?? "");
