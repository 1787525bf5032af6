import type { ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import type { ContainerDefinition, PortMapping, TaskDefinition } from "#model/generated/types.generated.ts";
import { toWire } from "#model/wire.ts";
import { type Identity, parseTaskDefinition, taskDefinitionArn } from "../arns.ts";

/**
 * An ECSTaskDefinition as DescribeTaskDefinition shows it, with the defaults that ECS fills in (clients compare
 * them). Its tags are not part of this shape. Without a revision (spec's or status') it is not registered yet.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
 */
export function describeTaskDefinition(
  resource: ECSTaskDefinition,
  identity: Identity,
): TaskDefinition & { family: string } {
  const { spec, status, metadata } = resource;
  const revision = revisionOf(resource);
  const described: TaskDefinition = toWire("TaskDefinition", {
    volumes: [],
    placementConstraints: [],
    ...spec,
    containerDefinitions: (spec.containerDefinitions ?? []).map((container) =>
      withDefaults(container, spec.networkMode),
    ),
    compatibilities: compatibilitiesOf(resource),
    registeredAt: metadata.creationTimestamp,
    ...status,
    revision,
    taskDefinitionArn: revision === undefined ? undefined : taskDefinitionArn(identity, spec.family, revision),
    status: metadata.deletionTimestamp === undefined ? (spec.status ?? "ACTIVE") : "DELETE_IN_PROGRESS",
  });
  return { ...described, family: spec.family };
}

/** The revision of a task definition resource: fixed in the spec, else given by the operator; else none yet. */
export function revisionOf({ spec, status }: ECSTaskDefinition): number | undefined {
  return spec.revision ?? status?.revision;
}

/** The ARN for a reference with a revision (or an ARN); a bare family, which only a reader can resolve, stays as it is. */
export function taskDefinitionArnOf(reference: string | undefined, identity: Identity): string | undefined {
  const parsed = reference === undefined ? undefined : parseTaskDefinition(reference);
  return parsed?.revision === undefined ? reference : taskDefinitionArn(identity, parsed.family, parsed.revision);
}

function withDefaults(container: ContainerDefinition, networkMode: string | undefined): ContainerDefinition {
  return {
    cpu: 0,
    essential: true,
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...container,
    portMappings: (container.portMappings ?? []).map((mapping) => portWithDefaults(mapping, networkMode)),
  };
}

function portWithDefaults(mapping: PortMapping, networkMode: string | undefined): PortMapping {
  const sameOnHost = networkMode === "awsvpc" || networkMode === "host";
  const hostPort = sameOnHost ? mapping.containerPort : 0;
  return {
    ...(hostPort !== undefined && mapping.containerPortRange === undefined && { hostPort }),
    protocol: "tcp",
    ...mapping,
  };
}

function compatibilitiesOf({ spec }: ECSTaskDefinition): string[] {
  if (spec.networkMode !== "awsvpc") return ["EXTERNAL", "EC2"];
  return spec.cpu !== undefined && spec.memory !== undefined ? ["EC2", "FARGATE"] : ["EC2"];
}
