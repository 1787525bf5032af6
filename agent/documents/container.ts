import { clusterNameOf } from "#lib/ecs/arns.ts";
import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import { resourceName } from "#lib/ecs/names.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { ContainerInResource } from "#model/generated/resources.generated.ts";
import type { ContainerDefinition, Volume } from "#model/generated/types.generated.ts";
import type { Caller } from "../caller.ts";

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

/** A document for containers: members that are not known are left out. */
export type Document = Record<string, unknown>;

/**
 * A container in the shape of the task metadata endpoint, version 4.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-response.html
 */
export function containerDocument(caller: Caller, container: ContainerInResource): Document {
  const { pod, task, definition } = caller;
  const { name = "" } = container;
  const defined = definition.spec.containerDefinitions.find((each) => each.name === name) ?? { name };
  const status = statusOf(pod, name);
  return {
    DockerId: dockerId(status) ?? "",
    Name: name,
    DockerName: `ecs-${definition.spec.family}-${revisionOf(definition) ?? ""}-${name}`,
    Image: container.image,
    ImageID: /sha256:[0-9a-f]{64}/.exec(status?.imageID ?? "")?.[0] ?? "",
    ...portsOf(container),
    Labels: labelsOf(caller, defined),
    DesiredStatus: task.status?.desiredStatus,
    ...courseOf(container, status),
    Limits: limitsOf(container),
    CreatedAt: pod.status?.startTime,
    Type: "NORMAL",
    ...(defined.healthCheck && { Health: { status: container.healthStatus } }),
    ...volumesOf(defined, definition.spec.volumes ?? []),
    ...logOf(defined),
    ContainerARN: container.containerArn,
    Networks: [networkOf(caller)],
  };
}

/** How far the container is. Its record is written after the fact; the Pod knows first that it runs. */
function courseOf({ exitCode, lastStatus }: ContainerInResource, status: ContainerStatus | undefined): Document {
  const { running, terminated } = status?.state ?? {};
  return {
    KnownStatus: running === undefined ? lastStatus : "RUNNING",
    ...(exitCode !== undefined && { ExitCode: exitCode }),
    StartedAt: running?.startedAt ?? terminated?.startedAt,
    FinishedAt: terminated?.finishedAt,
  };
}

function logOf({ logConfiguration }: ContainerDefinition): Document {
  return { LogDriver: logConfiguration?.logDriver ?? "json-file", LogOptions: logConfiguration?.options ?? {} };
}

/** The Pod's own word on one of its containers. */
export function statusOf({ status }: Pod, ecsName: string): ContainerStatus | undefined {
  const name = resourceName(ecsName);
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    (each) => each.name === name,
  );
}

/** The runtime's id of a container that has been made. */
export function dockerId(status: ContainerStatus | undefined): string | undefined {
  return status?.containerID?.replace(/^[a-z-]+:\/\//, "");
}

function labelsOf({ task, definition }: Caller, { name = "", dockerLabels }: ContainerDefinition): Document {
  const { clusterArn = "", taskArn = "" } = task.status ?? {};
  return {
    ...dockerLabels,
    "com.amazonaws.ecs.cluster": isOnFargate(task.status?.launchType) ? clusterArn : clusterNameOf(clusterArn),
    "com.amazonaws.ecs.container-name": name,
    "com.amazonaws.ecs.task-arn": taskArn,
    "com.amazonaws.ecs.task-definition-family": definition.spec.family,
    "com.amazonaws.ecs.task-definition-version": String(revisionOf(definition) ?? ""),
  };
}

/** On Fargate documents name the cluster by its ARN. */
export function isOnFargate(launchType: string | undefined): boolean {
  return launchType === "FARGATE";
}

function limitsOf({ cpu, memory, memoryReservation }: ContainerInResource): Document {
  const memoryMiB = memory ?? memoryReservation;
  // Docker's least number of shares stands for none.
  return { CPU: Number(cpu ?? 0) || 2, ...(memoryMiB !== undefined && { Memory: Number(memoryMiB) }) };
}

function portsOf({ networkBindings = [] }: ContainerInResource): Document {
  if (networkBindings.length === 0) return {};
  return {
    Ports: networkBindings.map(({ containerPort, protocol, hostPort, bindIP }) => ({
      ContainerPort: containerPort,
      Protocol: protocol,
      HostPort: hostPort,
      HostIp: bindIP,
    })),
  };
}

function volumesOf({ mountPoints = [] }: ContainerDefinition, volumes: readonly Volume[]): Document {
  if (mountPoints.length === 0) return {};
  return {
    Volumes: mountPoints.map(({ sourceVolume, containerPath }) => ({
      DockerName: sourceVolume,
      Source: volumes.find(({ name }) => name === sourceVolume)?.host?.sourcePath ?? "",
      Destination: containerPath,
    })),
  };
}

function networkOf({ pod, definition }: Caller): Document {
  const networkMode = definition.spec.networkMode ?? "bridge";
  const { podIPs = [], podIP } = pod.status ?? {};
  const addresses = podIPs.length > 0 ? podIPs.map(({ ip }) => ip) : [podIP ?? ""];
  const ipv6 = addresses.filter((address) => address.includes(":"));
  return {
    NetworkMode: networkMode,
    IPv4Addresses: addresses.filter((address) => address.includes(".")),
    ...(ipv6.length > 0 && { IPv6Addresses: ipv6 }),
    ...(networkMode === "awsvpc" && { AttachmentIndex: 0 }),
  };
}
