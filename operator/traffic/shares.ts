import type { Lifecycle } from "#lib/ecs/lifecycle.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type Pod, RESOURCE, refOf } from "#lib/kube/resources.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

/** How many Pods of each service revision get traffic. */
export interface Shares {
  readonly source: number;
  readonly target: number;
}

/** Shares that differ by less are the same. */
const EQUAL = 1e-9;

/**
 * The numbers of Pods that come nearest to a share of the traffic, since each Pod of a Service gets as much as any other:
 * at least one of either revision, and of several ways the one with the most Pods. Where one revision has none, all of the
 * other's.
 * @param percent of the traffic for the target, more than 0 and less than 100
 */
export function nearestShares(available: Shares, percent: number): Shares {
  if (available.source === 0 || available.target === 0) return available;
  const distance = ({ source, target }: Shares): number => Math.abs(target / (source + target) - percent / 100);
  let best: Shares = { source: 1, target: 1 };
  for (let target = 1; target <= available.target; target += 1) {
    const ideal = (target * (100 - percent)) / percent;
    for (const wish of [Math.floor(ideal), Math.ceil(ideal)]) {
      const wanted = { source: Math.min(available.source, Math.max(1, wish)), target };
      const nearer = distance(wanted) - distance(best);
      const more = wanted.source + target > best.source + best.target;
      if (nearer < -EQUAL || (nearer < EQUAL && more)) best = wanted;
    }
  }
  return best;
}

/** The Pods that are to get production traffic between two steps of its shift; undefined where it is one revision's. */
export function chosenPods(
  pods: readonly Pod[],
  { id, deployment, lifecycle }: Rollout & { readonly lifecycle: Lifecycle },
): Pod[] | undefined {
  const { production, source } = lifecycle;
  if (source === undefined || production === 0 || production === 100) return undefined;
  const ready = pods.filter((pod) => !isDeleting(pod) && isReady(pod)).sort(inOrder(id));
  const of = (digits: string): Pod[] => ready.filter((pod) => pod.metadata?.labels?.[LABELS.deployment] === digits);
  const [before, after] = [of(source), of(deployment)];
  const shares = nearestShares({ source: before.length, target: after.length }, production);
  return [...before.slice(0, shares.source), ...after.slice(0, shares.target)];
}

/** Those first that are chosen already, then the oldest. */
function inOrder(id: string): (a: Pod, b: Pod) => number {
  const place = ({ metadata }: Pod): string => {
    const chosen = metadata?.labels?.[LABELS.trafficShare] === id;
    return `${chosen ? 0 : 1} ${metadata?.creationTimestamp ?? ""} ${metadata?.name ?? ""}`;
  };
  return (a, b) => place(a).localeCompare(place(b));
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
}

/** How Pods are seen and labelled. */
export interface PodAccess {
  /** As the cache has them, which may not know yet what was labelled in the look before. */
  readonly seen: readonly Pod[];
  /** As they are now. */
  readonly fresh: () => Promise<readonly Pod[]>;
  readonly label: (pod: Pod, value: string | null) => Promise<void>;
}

/**
 * Labels the Pods that are chosen for their share, and then takes the label from others: the Service always selects some.
 * Who is chosen depends on who has the label. So before a change they are read again: as long as the cache knows nothing
 * of the labels, each look at which one more Pod is ready would choose another one.
 */
export async function shareOut(rollout: Parameters<typeof chosenPods>[1], access: PodAccess): Promise<void> {
  if (!isToChange(changesOf(access.seen, rollout))) return;
  const { added, removed } = changesOf(await access.fresh(), rollout);
  await Promise.all(added.map((pod) => access.label(pod, rollout.id)));
  await Promise.all(removed.map((pod) => access.label(pod, null)));
}

interface Changes {
  readonly added: readonly Pod[];
  readonly removed: readonly Pod[];
}

const isToChange = ({ added, removed }: Changes): boolean => added.length + removed.length > 0;

function changesOf(pods: readonly Pod[], rollout: Parameters<typeof chosenPods>[1]): Changes {
  const chosen = chosenPods(pods, rollout);
  if (chosen === undefined) return { added: [], removed: [] };
  const labelled = pods.filter(({ metadata }) => metadata?.labels?.[LABELS.trafficShare] === rollout.id);
  return {
    added: chosen.filter((pod) => !labelled.includes(pod)),
    removed: labelled.filter((pod) => !chosen.includes(pod) && !isDeleting(pod)),
  };
}

/** Sets or removes the label of a Pod that has its share. */
export async function labelShare(kube: KubeClient, pod: Pod, value: string | null, signal: AbortSignal): Promise<void> {
  const metadata = { uid: pod.metadata?.uid, labels: { [LABELS.trafficShare]: value } };
  try {
    await kube.mergePatch(RESOURCE.pods, refOf(pod), { metadata }, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error; // another Pod, or none, is looked at again
  }
}
