import { nextProvider } from "#lib/ecs/capacity-split.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { isToBeDrained } from "#lib/ecs/node-state.ts";
import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { type Pod, RESOURCE, refOf } from "#lib/kube/resources.ts";
import type { CapacityProviderStrategyItem } from "#model/generated/types.generated.ts";
import { missingProvider, poolOf } from "../capacity-provider/pools.ts";
import type { Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { autoscalerAnnotations, CAPACITY_GATE, isUndecided, providerMetadata, schedulingOf } from "../pod/pool.ts";
import { selectorText } from "./names.ts";
import type { ServiceState } from "./state.ts";
import { workloadOf } from "./workload.ts";

type Strategy = readonly CapacityProviderStrategyItem[];

/**
 * Chooses the capacity providers of Pods that wait for it, one after the other, so that the tasks of each deployment
 * have exactly the base and the weights of the strategy. What is there is read from the API server: a cache that
 * lags would count wrong.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/
 */
export async function assignProviders(
  state: Pick<ServiceState, "service" | "taskSet">,
  pods: readonly Pod[],
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { service } = state;
  if (!pods.some((pod) => isUndecided(pod) && !isDeleting(pod))) return;
  const strategy = service.spec.capacityProviderStrategy ?? [];
  if (missingProvider(strategy, deps) !== undefined) return;
  const { namespace } = service.metadata;
  const labelSelector = selectorText(workloadOf(state).selector);
  const { items } = await deps.kube.list<Pod>(RESOURCE.pods, { namespace, labelSelector, signal });
  const staying = items.filter((pod) => !isLeaving(pod, deps));
  for (const { pod, provider } of choices(staying, strategy)) await assign(pod, provider, deps, signal);
}

/** Whether a Pod's node is drained: its successor takes its place in the strategy. */
function isLeaving({ spec }: Pod, { informers }: Pick<Deps, "informers">): boolean {
  const node = spec?.nodeName === undefined ? undefined : informers.nodes.get(undefined, spec.nodeName);
  return node !== undefined && isToBeDrained(node);
}

/** The Pods that wait, oldest first, and the provider of each; undefined where there is no strategy any more. */
export function choices(
  pods: readonly Pod[],
  strategy: Strategy,
): { readonly pod: Pod; readonly provider: string | undefined }[] {
  const live = pods.filter((pod) => !isDeleting(pod) && !isOver(pod));
  const byReplicaSet = Map.groupBy(live, (pod) => controllerOf(pod)?.uid ?? "");
  return [...byReplicaSet.values()].flatMap((group) => {
    const counts = new Map<string, number>();
    const count = (name: string | undefined): void => {
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    };
    for (const pod of group) if (!isUndecided(pod)) count(pod.metadata?.annotations?.[ANNOTATIONS.capacityProvider]);
    return group
      .filter(isUndecided)
      .toSorted((a, b) => ageOf(a).localeCompare(ageOf(b)))
      .map((pod) => {
        const provider = nextProvider(strategy, counts);
        count(provider);
        return { pod, provider };
      });
  });
}

async function assign(pod: Pod, provider: string | undefined, deps: Deps, signal: AbortSignal): Promise<void> {
  const pool = provider === undefined ? undefined : poolOf(provider, deps);
  const { labels, annotations } = providerMetadata(provider);
  const { uid, resourceVersion } = pod.metadata ?? {};
  const gates = (pod.spec?.schedulingGates ?? []).filter(({ name }) => name !== CAPACITY_GATE);
  const { nodeSelector, tolerations = [] } = schedulingOf(pool, pod.spec?.nodeSelector);
  const patch = {
    metadata: { uid, resourceVersion, labels, annotations: { ...annotations, ...autoscalerAnnotations(pool) } },
    spec: {
      schedulingGates: gates.length > 0 ? gates : null,
      ...(nodeSelector && { nodeSelector }),
      tolerations: [...(pod.spec?.tolerations ?? []), ...tolerations],
    },
  };
  try {
    await deps.kube.mergePatch(RESOURCE.pods, refOf(pod), patch, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error; // its change, or its successor's, brings it back
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

const ageOf = ({ metadata }: Pod): string => `${metadata?.creationTimestamp ?? "9"} ${metadata?.name ?? ""}`;
