import { applyChild, applyStatus } from "#lib/kube/apply.ts";
import { controller } from "#lib/kube/controller.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { type Namespace, type ObjectRef, RESOURCE } from "#lib/kube/resources.ts";
import type { ECSCluster, ECSClusterStatus } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Controller, Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { desiredNamespace } from "./desired.ts";
import { observeCluster } from "./observe.ts";
import type { ClusterState } from "./state.ts";
import { clusterStatus } from "./status.ts";
import { wakeClusters } from "./triggers.ts";

const CONCURRENCY = 4;

/** ECSCluster → Namespace, and its counts of tasks, services and nodes. */
export function clusterController(deps: Deps): Controller {
  const { log, metrics, informers } = deps;
  let readyNodes = (): number => 0;
  const queue = controller({
    name: "cluster",
    reconcile: (ref, signal) => reconcileCluster(ref, deps, readyNodes(), signal),
    concurrency: CONCURRENCY,
    waitFor: Object.values(informers).map(({ synced }) => synced),
    log,
    metrics,
  });
  return {
    name: "cluster",
    start(signal) {
      ({ readyNodes } = wakeClusters(deps, (key, afterMs) => queue.enqueue(key, afterMs)));
      queue.start(signal);
      return queue.stopped;
    },
  };
}

async function reconcileCluster(ref: ObjectRef, deps: Deps, readyNodes: number, signal: AbortSignal): Promise<void> {
  const { informers, kube, identity } = deps;
  const cluster = informers.clusters.get(undefined, ref.name);
  // Nothing to undo: the namespace that was made for it goes by its owner reference.
  if (cluster === undefined || isDeleting(cluster)) return;
  const state = await withNamespace(observeCluster(cluster, deps, readyNodes), deps, signal);
  const status = clusterStatus(state, identity, deps.now());
  const written = await applyStatus(kube, RESOURCES.ECSCluster, cluster, status, {
    fieldManager: FIELD_MANAGER,
    signal,
  });
  if (written) tell(cluster, status, deps);
}

/** The state with its namespace made where it is for us to make. */
async function withNamespace(state: ClusterState, { kube }: Deps, signal: AbortSignal): Promise<ClusterState> {
  const desired = desiredNamespace(state);
  if (desired === undefined) return state;
  const existing = state.namespace ?? (await findNamespace(state.namespaceName, kube, signal));
  // One that the cache has not shown yet, and that is someone else's: used as it is.
  if (existing && desiredNamespace({ ...state, namespace: existing }) === undefined) {
    return { ...state, namespace: existing };
  }
  const { object } = await applyChild(kube, RESOURCE.namespaces, desired, {
    fieldManager: FIELD_MANAGER,
    existing,
    signal,
  });
  return { ...state, namespace: object };
}

async function findNamespace(name: string, kube: Deps["kube"], signal: AbortSignal): Promise<Namespace | undefined> {
  try {
    return await kube.get<Namespace>(RESOURCE.namespaces, { name }, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Says as an Event what has become of the cluster, once. */
function tell(cluster: ECSCluster, status: ECSClusterStatus, { recorder }: Deps): void {
  const find = (conditions: ECSClusterStatus["conditions"], type: string) =>
    conditions?.find((condition) => condition.type === type && condition.status === "True");
  for (const [type, severity] of [
    ["Ready", "Normal"],
    ["Stalled", "Warning"],
  ] as const) {
    const now = find(status.conditions, type);
    const before = find(cluster.status?.conditions, type);
    if (now && before?.reason !== now.reason) recorder.event(cluster, severity, now.reason, now.message);
  }
}
