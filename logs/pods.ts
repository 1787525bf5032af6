import { logDestinationsOf, type LogDestination, logStreamName } from "#lib/ecs/awslogs.ts";
import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { FollowedContainer } from "./follower.ts";

type Metadata = NonNullable<Pod["metadata"]>;
type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

/** A container whose output is to be kept, as its Pod shows it now. */
export interface LoggedContainer extends FollowedContainer {
  readonly group: string;
}

/** Annotations that say where output goes. */
const DESTINATIONS: ReadonlySet<string> = new Set([ANNOTATIONS.logDestinations, ANNOTATIONS.logRoutes]);

/** Of a Pod only what the capture reads: thousands of them are kept in memory. */
export function slimPod({ metadata = {}, spec, status = {} }: Pod): Pod {
  const annotations = Object.entries(metadata.annotations ?? {});
  if (!annotations.some(([key]) => DESTINATIONS.has(key))) return { metadata: slimMetadata(metadata) };
  const kept = annotations.filter(([key]) => DESTINATIONS.has(key) || key === ANNOTATIONS.clusterArn);
  return {
    metadata: { ...slimMetadata(metadata), annotations: Object.fromEntries(kept) },
    ...(spec?.nodeName !== undefined && { spec: { nodeName: spec.nodeName, containers: [] } }),
    status: {
      ...(status.phase !== undefined && { phase: status.phase }),
      containerStatuses: [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])],
    },
  };
}

function slimMetadata({ name, namespace, uid, resourceVersion, labels }: Metadata): Metadata {
  const task = labels?.[LABELS.task];
  return {
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(task !== undefined && { labels: { [LABELS.task]: task } }),
  };
}

/** The containers of a Pod that have started and whose output is to be kept. */
export function loggedContainers({ metadata = {}, status = {} }: Pod): LoggedContainer[] {
  const destinations = logDestinationsOf(metadata.annotations);
  return (status.containerStatuses ?? []).flatMap((container): LoggedContainer[] => {
    const destination = destinations.get(container.name);
    if (destination === undefined || !hasStarted(container)) return [];
    const { namespace = "", name = "", uid = "" } = metadata;
    const streamOf = (containerId: string | undefined): string => streamName(destination, metadata, containerId ?? "");
    const previous = container.lastState?.terminated?.containerID;
    return [
      {
        key: `${uid}/${container.name}`,
        pod: { namespace, name },
        container: container.name,
        group: destination.group,
        stream: streamOf(container.containerID),
        previousStream: previous === undefined ? undefined : streamOf(previous),
        restarts: container.restartCount,
        running: container.state?.running !== undefined,
      },
    ];
  });
}

/** True for a container that runs or has run. */
export function hasStarted({ state = {}, lastState = {}, containerID }: ContainerStatus): boolean {
  const ran = state.running !== undefined || state.terminated !== undefined || lastState.terminated !== undefined;
  return ran && containerID !== undefined && containerID !== "";
}

function streamName(
  destination: LogDestination,
  { labels, uid = "" }: NonNullable<Pod["metadata"]>,
  id: string,
): string {
  return logStreamName(destination, { taskId: labels?.[LABELS.task], uid, runtimeId: runtimeIdOf(id) });
}

/** `containerd://<id>` → the id that the container runtime gave. */
export function runtimeIdOf(containerId: string): string {
  return containerId.slice(containerId.lastIndexOf("/") + 1);
}
