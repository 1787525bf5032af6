import { LABELS } from "#lib/ecs/labels.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { type ReplicaSet, RESOURCE, refOf } from "#lib/kube/resources.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { desiredCountOf } from "./desired-count.ts";
import { rolloutLimits } from "./rollout.ts";
import type { ServiceState } from "./state.ts";

/**
 * How many Pods each ReplicaSet keeps once a deployment has failed and there is nothing to return to. Of the failed
 * deployment those whose tasks run or start on a node and did so when it failed: what Kubernetes has made in the place
 * of one that ended goes again. Those of deployments before it stay. Never more than a deployment may have; the newest
 * give way.
 * @returns by the ReplicaSets' uids, those without Pods left out
 */
export function frozenPlan(state: ServiceState): ReadonlyMap<string, number> {
  const { replicaSets, service } = state;
  const wanted = desiredCountOf(service);
  const { maxSurge } = rolloutLimits(wanted, service.spec.deploymentConfiguration);
  let room = wanted === 0 ? 0 : wanted + maxSurge;
  const sizes = new Map<string, number>();
  for (const replicaSet of [...replicaSets].sort(oldestFirst)) {
    const size = Math.min(room, sizeOf(replicaSet, state));
    if ((replicaSet.spec?.replicas ?? 0) > 0) sizes.set(replicaSet.metadata?.uid ?? "", size);
    room -= size;
  }
  return sizes;
}

function sizeOf({ metadata, spec }: ReplicaSet, { tasks, rollout }: ServiceState): number {
  const replicas = spec?.replicas ?? 0;
  if (metadata?.labels?.[LABELS.deployment] !== rollout?.deployment) return replicas;
  const failedAt = Date.parse(rollout?.finishedAt ?? "");
  const kept = tasks.filter(({ replicaSet, phase, placed, createdAt }) => {
    const lives = phase === "RUNNING" || (phase === "PENDING" && placed);
    return replicaSet === metadata?.uid && lives && !(Date.parse(createdAt) > failedAt);
  });
  return Math.min(replicas, kept.length);
}

/** Cuts ReplicaSets to these sizes; one that is smaller already stays so. */
export async function cutReplicaSets(
  kube: KubeClient,
  replicaSets: readonly ReplicaSet[],
  sizes: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  for (const replicaSet of replicaSets) {
    const { uid = "", resourceVersion } = replicaSet.metadata ?? {};
    const size = sizes.get(uid);
    if (size === undefined || size >= (replicaSet.spec?.replicas ?? 0)) continue;
    const patch = { metadata: { uid, resourceVersion }, spec: { replicas: size } };
    try {
      await kube.mergePatch(RESOURCE.replicasets, refOf(replicaSet), patch, { fieldManager: FIELD_MANAGER, signal });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error; // its change brings the service back here
    }
  }
}

function oldestFirst(a: ReplicaSet, b: ReplicaSet): number {
  return ageOf(a).localeCompare(ageOf(b));
}

function ageOf({ metadata }: ReplicaSet): string {
  return `${metadata?.creationTimestamp ?? "9"} ${metadata?.name ?? ""}`;
}
