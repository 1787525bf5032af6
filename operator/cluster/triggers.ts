import { clusterNameOfResource, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSCluster, ECSService, ECSTask } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { Lately } from "../lately.ts";
import { clusterNameOfObject } from "../service/observe.ts";
import { isReadyNode } from "./observe.ts";

/**
 * Counts are written at most this often for a cluster, however fast its tasks come and go; more seldom where those of
 * several clusters do, each of which takes its turn, and where there are so many tasks that counting them would take
 * more than a hundredth of a core (a task takes some three microseconds).
 */
const COUNTS_MS = 1_000;
const COUNTS_FOR_EACH_CLUSTER_MS = 500;
const COUNTS_FOR_EACH_TASK_MS = 0.3;
const MOST_COUNTS_MS = 60_000;

/**
 * Wakes clusters when something changes that they depend on or count.
 * @returns how many nodes are ready now
 */
export function wakeClusters(
  { informers, now }: Pick<Deps, "informers" | "now">,
  enqueue: (key: string, afterMs?: number) => void,
): { readyNodes: () => number } {
  const { clusters } = informers;
  const wake = (found: readonly ECSCluster[], afterMs = 0): void => {
    for (const cluster of found) enqueue(keyOf(refOf(cluster)), afterMs);
  };

  clusters.onChange(({ key, before, after }) => {
    if (before?.metadata.generation !== after?.metadata.generation) enqueue(key);
    const cluster = after ?? before;
    if ((before && after) || !cluster) return;
    wake(clusters.byIndex(INDEX.clusterName, clusterNameOfResource(cluster)));
    wake(clusters.byIndex(INDEX.namespace, namespaceOfResource(cluster)));
  });
  informers.namespaces.onChange(({ key }) => wake(clusters.byIndex(INDEX.namespace, key)));

  const changing = new Lately(COUNTS_MS);
  const recount = (object: ECSService | ECSTask | undefined): void => {
    if (object === undefined) return;
    const clusterName = clusterNameOfObject(object, { informers });
    const time = now();
    changing.note(clusterName, time);
    const turns = changing.count(time) * COUNTS_FOR_EACH_CLUSTER_MS;
    const pause = Math.max(COUNTS_MS, turns, informers.tasks.size * COUNTS_FOR_EACH_TASK_MS);
    wake(clusters.byIndex(INDEX.clusterName, clusterName), Math.min(pause, MOST_COUNTS_MS));
  };
  informers.tasks.onChange(({ before, after }) => {
    if (before?.status?.lastStatus !== after?.status?.lastStatus || !before || !after) recount(after ?? before);
  });
  informers.services.onChange(({ before, after }) => {
    const same = before && after && before.metadata.deletionTimestamp === after.metadata.deletionTimestamp;
    if (!same) recount(after ?? before);
  });

  let readyNodes = 0;
  informers.nodes.onChange(({ before, after }) => {
    const change =
      Number(after !== undefined && isReadyNode(after)) - Number(before !== undefined && isReadyNode(before));
    readyNodes += change;
    if (change !== 0) wake(clusters.list(), COUNTS_MS);
  });
  return { readyNodes: () => readyNodes };
}
