import type { Rollout } from "#lib/ecs/rollout.ts";
import { applyStatus } from "#lib/kube/apply.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { refOf, type ResourceType } from "#lib/kube/resources.ts";
import type {
  ECSServiceDeployment,
  ECSServiceRevision,
  ECSServiceStatus,
} from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import {
  deploymentRecord,
  deploymentRecordStatus,
  isUnderWay,
  outdatedRecords,
  revisionRecord,
  supersededStatus,
} from "./records.ts";
import { isOver } from "./service-deployment.ts";
import type { ServiceState } from "./state.ts";

/** Records what is about to be deployed, before it is: a rollback can then return to it. */
export async function recordRevision(state: ServiceState, deps: Deps, signal: AbortSignal): Promise<void> {
  const { rollout, serviceRevisions } = state;
  if (rollout === undefined || rollout.status !== "IN_PROGRESS") return;
  if (serviceRevisions.some(({ spec }) => spec.id === rollout.revision)) return;
  const record = revisionRecord(state, rollout);
  await createOnce<ECSServiceRevision>(RESOURCES.ECSServiceRevision, record, deps, signal);
}

/**
 * Writes how a service's deployments stand into their records. Before the service's own status: what that says is
 * over is not looked at again.
 */
export async function recordDeployments(
  state: ServiceState,
  { rollout, deployments = [], lastCompleted }: ECSServiceStatus,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { kube, identity } = deps;
  const { serviceDeployments } = state;
  const now = deps.now();
  const options = { fieldManager: FIELD_MANAGER, signal };
  const write = (record: ECSServiceDeployment, status: NonNullable<ECSServiceDeployment["status"]>) =>
    applyStatus(kube, RESOURCES.ECSServiceDeployment, record, status, options);
  if (rollout === undefined) return;
  for (const record of serviceDeployments.filter((each) => each.spec.id !== rollout.id && isUnderWay(each))) {
    await write(record, supersededStatus(record, lastCompleted?.revision, now));
  }
  const known = serviceDeployments.find(({ spec }) => spec.id === rollout.id);
  if (!isSettled(state, rollout, known)) {
    const record =
      known ??
      (await createOnce(RESOURCES.ECSServiceDeployment, deploymentRecord(state, rollout), deps, signal)) ??
      (await kube.get<ECSServiceDeployment>(RESOURCES.ECSServiceDeployment, refOf(deploymentRecord(state, rollout)), {
        signal,
      }));
    const context = { entries: deployments, before: record, identity, now };
    await write(record, deploymentRecordStatus(state, rollout, context));
  }
  await prune({ ...state, rollout }, deps, signal);
}

/** What has ended is not opened again by who sees an old copy of the service. */
function isSettled(state: ServiceState, rollout: Rollout, known: ECSServiceDeployment | undefined): boolean {
  if (known === undefined) return isOver(rollout) && wasOver(state, rollout.id);
  return !isUnderWay(known) && (!isOver(rollout) || known.status?.status === rollout.status);
}

function wasOver({ service }: ServiceState, id: string): boolean {
  const before = service.status?.rollout;
  return before?.id === id && isOver(before);
}

async function prune(state: ServiceState, { kube }: Deps, signal: AbortSignal): Promise<void> {
  for (const record of outdatedRecords(state)) {
    const { uid } = record.metadata;
    await kube.delete(RESOURCES[record.kind], refOf(record), { ...(uid !== undefined && { uid }), signal });
  }
}

/** @returns undefined where it is there already */
async function createOnce<T extends ECSServiceDeployment | ECSServiceRevision>(
  resource: ResourceType,
  record: T,
  { kube }: Deps,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await kube.create<T>(resource, record, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return undefined;
  }
}
