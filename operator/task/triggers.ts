import { isDeepStrictEqual } from "node:util";
import type { Change } from "#lib/kube/informer.ts";
import { isReady } from "#lib/ecs/placement/instance-facts.ts";
import { keyOf, type Node, type Pod, refOf } from "#lib/kube/resources.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { taskIdOf } from "./observe.ts";

/** Wakes tasks when something changes that they depend on; their own status is nothing of that. */
export function wakeTasks({ informers }: Pick<Deps, "informers">, enqueue: (key: string) => void): void {
  const { tasks, pods, taskDefinitions, nodes, capacityProviders } = informers;
  tasks.onChange((change) => {
    if (isWorthALook(change)) enqueue(change.key);
  });
  pods.onChange(({ before, after }) => {
    const pod = after ?? before;
    if (pod) wakePod(pod, enqueue);
  });
  taskDefinitions.onChange(({ before, after }) => {
    const family = (after ?? before)?.spec.family;
    if (family === undefined) return;
    for (const task of tasks.byIndex(INDEX.family, family)) if (isWaiting(task)) enqueue(keyOf(refOf(task)));
  });
  capacityProviders.onChange(({ before, after }) => {
    if (before && after) return;
    for (const task of tasks.list()) {
      if (isWaiting(task) && task.spec.capacityProviderStrategy !== undefined) enqueue(keyOf(refOf(task)));
    }
  });
  nodes.onChange(({ before, after }) => {
    const name = (after ?? before)?.metadata?.name;
    if (before && after && zoneOf(before) === zoneOf(after) && isReady(before) === isReady(after)) return;
    for (const pod of pods.list()) if (pod.spec?.nodeName === name) wakePod(pod, enqueue);
  });
}

function wakePod(pod: Pod, enqueue: (key: string) => void): void {
  const id = taskIdOf(pod);
  if (id !== undefined) enqueue(keyOf({ namespace: pod.metadata?.namespace, name: id }));
}

/** Not started, and perhaps only for want of its task definition. */
function isWaiting({ status }: ECSTask): boolean {
  return status?.podUid === undefined && status?.lastStatus !== "STOPPED";
}

const zoneOf = ({ metadata }: Node): string | undefined => metadata?.labels?.["topology.kubernetes.io/zone"];

function isWorthALook({ before, after }: Change<ECSTask>): boolean {
  if (before === undefined || after === undefined) return true;
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.status?.lastStatus !== after.status?.lastStatus ||
    before.status?.podUid !== after.status?.podUid ||
    !isDeepStrictEqual(before.metadata.labels, after.metadata.labels)
  );
}
