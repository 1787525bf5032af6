import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { applyChild, NotOwnedError } from "#lib/kube/apply.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isAlreadyExists, isInvalid } from "#lib/kube/errors.ts";
import { type DaemonSet, type Deployment, RESOURCE } from "#lib/kube/resources.ts";
import { type ECSTaskSet, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { ensureClaims } from "../pod/claims.ts";
import type { Desired, DesiredDaemon, DesiredDeployment, DesiredTaskSets } from "./desired.ts";
import { cutReplicaSets } from "./freeze.ts";
import { releaseDaemon } from "./release.ts";
import type { Problem } from "./problem.ts";
import type { ServiceState } from "./state.ts";

/** Whether applying what is desired ends tasks that are there. */
export function removesTasks({ deployment, tasks }: ServiceState, desired: Desired): boolean {
  if (deployment === undefined || !("deployment" in desired) || tasks.length === 0) return false;
  const wanted = desired.deployment;
  return (
    (wanted.spec?.replicas ?? 0) < (deployment.spec?.replicas ?? 0) ||
    wanted.metadata?.annotations?.[ANNOTATIONS.templateHash] !==
      deployment.metadata?.annotations?.[ANNOTATIONS.templateHash]
  );
}

/** Applies the Deployment or DaemonSet; what only a change by someone can cure is the answer, all else is thrown. */
export async function applyDesired(
  state: ServiceState,
  desired: Desired,
  deps: Deps,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  if ("problem" in desired) return undefined;
  try {
    if ("initial" in desired) await createInitial(desired, deps.kube, signal);
    else if ("deployment" in desired) await applyDeployment(state, desired, deps.kube, signal);
    else await applyDaemon(state, desired, deps, signal);
    return undefined;
  } catch (error) {
    if (error instanceof NotOwnedError) return { reason: "NotOwned", message: error.message };
    if (isInvalid(error)) return { reason: "DeploymentRefused", message: error.message };
    throw error;
  }
}

async function createInitial({ initial }: DesiredTaskSets, kube: KubeClient, signal: AbortSignal): Promise<void> {
  if (initial === undefined) return;
  try {
    await kube.create<ECSTaskSet>(RESOURCES.ECSTaskSet, initial, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

async function applyDeployment(
  { deployment: existing, replicaSets }: ServiceState,
  { deployment, claims, sizes }: DesiredDeployment,
  kube: KubeClient,
  signal: AbortSignal,
): Promise<void> {
  // Only with a new template: what is there is not looked at each time.
  if (templateHashOf(existing) !== templateHashOf(deployment)) await ensureClaims(claims, kube, signal);
  await applyChild(kube, RESOURCE.deployments, deployment, { fieldManager: FIELD_MANAGER, existing, signal });
  if (sizes) await cutReplicaSets(kube, replicaSets, sizes, signal);
}

async function applyDaemon(
  { daemonSet: existing, service }: ServiceState,
  { daemonSet, claims, released }: DesiredDaemon,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { kube } = deps;
  if (released) return releaseDaemon(service, existing, deps, signal);
  if (templateHashOf(existing) !== templateHashOf(daemonSet)) await ensureClaims(claims, kube, signal);
  await applyChild(kube, RESOURCE.daemonsets, daemonSet, { fieldManager: FIELD_MANAGER, existing, signal });
}

const templateHashOf = (made: Deployment | DaemonSet | undefined): string | undefined =>
  made?.metadata?.annotations?.[ANNOTATIONS.templateHash];
