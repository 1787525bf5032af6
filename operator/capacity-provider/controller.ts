import { isDeepStrictEqual } from "node:util";
import { isInPool, nodePoolOf, oldestProvider, providerNameOf } from "#lib/ecs/node-pool.ts";
import { applyStatus } from "#lib/kube/apply.ts";
import { controller } from "#lib/kube/controller.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { keyOf, type ObjectRef, refOf } from "#lib/kube/resources.ts";
import { type ECSCapacityProvider, RESOURCES } from "#model/generated/resources.generated.ts";
import { type Controller, type Deps, INDEX } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { CapacityProviderState } from "./state.ts";
import { capacityProviderStatus } from "./status.ts";

const CONCURRENCY = 1;
/** Nodes are counted at most this often, however fast they come and go. */
const COUNT_MS = 1_000;

/** ECSCapacityProvider: its status and the number of its nodes. */
export function capacityProviderController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  const queue = controller({
    name: "capacity-provider",
    reconcile: (ref, signal) => reconcile(ref, deps, signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "capacity-provider",
    start(signal) {
      wake(deps, (key, afterMs) => queue.enqueue(key, afterMs));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

function wake({ informers }: Pick<Deps, "informers">, enqueue: (key: string, afterMs?: number) => void): void {
  const { capacityProviders, nodes } = informers;
  capacityProviders.onChange(({ key, before, after }) => {
    enqueue(key);
    const provider = after ?? before;
    if ((before && after) || !provider) return;
    const namesakes = capacityProviders.byIndex(INDEX.providerName, providerNameOf(provider));
    for (const each of namesakes) enqueue(keyOf(refOf(each)));
  });
  nodes.onChange(({ before, after }) => {
    if (before && after && isDeepStrictEqual(before.metadata?.labels, after.metadata?.labels)) return;
    for (const each of capacityProviders.list()) enqueue(keyOf(refOf(each)), COUNT_MS);
  });
}

async function reconcile(ref: ObjectRef, deps: Deps, signal: AbortSignal): Promise<void> {
  const { informers, kube, identity } = deps;
  const provider = informers.capacityProviders.get(undefined, ref.name);
  if (provider === undefined || isDeleting(provider)) return;
  const status = capacityProviderStatus(observe(provider, deps), identity, deps.now());
  await applyStatus(kube, RESOURCES.ECSCapacityProvider, provider, status, { fieldManager: FIELD_MANAGER, signal });
}

function observe(provider: ECSCapacityProvider, { informers }: Pick<Deps, "informers">): CapacityProviderState {
  const name = providerNameOf(provider);
  const elder = oldestProvider(informers.capacityProviders.byIndex(INDEX.providerName, name));
  const pool = nodePoolOf(name, provider);
  return {
    provider,
    name,
    pool,
    nodeCount: informers.nodes.list().filter((node) => isInPool(node, pool)).length,
    ...(elder && elder.metadata.uid !== provider.metadata.uid && { elder: elder.metadata.name ?? "" }),
  };
}
