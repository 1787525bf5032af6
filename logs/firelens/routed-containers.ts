import { clusterNameOf, parseArn, taskArn } from "#lib/ecs/arns.ts";
import { firelensTag, type LogRoutes, logRoutesOf } from "#lib/ecs/firelens.ts";
import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { FollowedContainer } from "../follower.ts";
import { hasStarted, runtimeIdOf } from "../pods.ts";

/** A container whose output goes to the log router of its task. */
export interface RoutedContainer extends FollowedContainer {
  /** Name in the task definition. */
  readonly name: string;
  readonly tag: string;
  /** What records say of the task; absent where they are not to. */
  readonly task: { readonly arn: string; readonly node: string | undefined } | undefined;
}

/**
 * The containers of a Pod that have started and whose output goes to its log router, while that can be reached. A
 * stream is one run of one.
 */
export function routedContainers({ metadata = {}, spec, status = {} }: Pod): RoutedContainer[] {
  const { namespace = "", name: podName = "", uid = "" } = metadata;
  const routes = logRoutesOf(metadata.annotations);
  if (["Succeeded", "Failed"].includes(status.phase ?? "")) return [];
  return (status.containerStatuses ?? []).flatMap((container): RoutedContainer[] => {
    const name = routes.containers.get(container.name);
    if (name === undefined || !hasStarted(container)) return [];
    const previous = container.lastState?.terminated?.containerID;
    return [
      {
        key: `${uid}/${container.name}`,
        pod: { namespace, name: podName },
        container: container.name,
        stream: runtimeIdOf(container.containerID ?? ""),
        previousStream: previous === undefined ? undefined : runtimeIdOf(previous),
        restarts: container.restartCount,
        running: container.state?.running !== undefined,
        name,
        tag: firelensTag(name, taskIdOf(metadata)),
        task: taskOf(metadata, routes, spec?.nodeName ?? ""),
      },
    ];
  });
}

function taskIdOf({ labels, uid = "" }: NonNullable<Pod["metadata"]>): string {
  return labels?.[LABELS.task] ?? taskIdOfPod(uid);
}

function taskOf(metadata: NonNullable<Pod["metadata"]>, { metadata: wanted, instance }: LogRoutes, node: string) {
  const cluster = metadata.annotations?.[ANNOTATIONS.clusterArn] ?? "";
  const identity = parseArn(cluster);
  if (!wanted || identity === undefined) return undefined;
  return { arn: taskArn(identity, clusterNameOf(cluster), taskIdOf(metadata)), node: instance ? node : undefined };
}
