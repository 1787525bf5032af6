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
 * Makes the record of the service deployment that a status names, where there is none: before anyone reads that name.
 * @returns the record; undefined where it needs no more writing
 */
export async function openRecord(
  state: ServiceState,
  { rollout }: ECSServiceStatus,
  deps: Deps,
  signal: AbortSignal,
): Promise<ECSServiceDeployment | undefined> {
  if (rollout === undefined) return undefined;
  const known = state.serviceDeployments.find(({ spec }) => spec.id === rollout.id);
  if (isSettled(state, rollout, known)) return undefined;
  const { kube } = deps;
  const record = deploymentRecord(state, rollout);
  return (
    known ??
    (await createOnce(RESOURCES.ECSServiceDeployment, record, deps, signal)) ??
    (await kube.get<ECSServiceDeployment>(RESOURCES.ECSServiceDeployment, refOf(record), { signal }))
  );
}

/**
 * Writes how a service's deployments stand into their records. After the service's own status: who waits for the end of
 * a service deployment then finds the service as that left it.
 * @param record as {@link openRecord} gave it
 */
export async function recordDeployments(
  state: ServiceState,
  { rollout, deployments = [], lastCompleted }: ECSServiceStatus,
  record: ECSServiceDeployment | undefined,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  if (rollout === undefined) return;
  const { kube, identity } = deps;
  const now = deps.now();
  const options = { fieldManager: FIELD_MANAGER, signal };
  const write = (each: ECSServiceDeployment, status: NonNullable<ECSServiceDeployment["status"]>) =>
    applyStatus(kube, RESOURCES.ECSServiceDeployment, each, status, options);
  for (const each of state.serviceDeployments.filter(({ spec }) => spec.id !== rollout.id).filter(isUnderWay)) {
    await write(each, supersededStatus(each, lastCompleted?.revision, now));
  }
  if (record) {
    await write(
      record,
      deploymentRecordStatus(state, rollout, { entries: deployments, before: record, identity, now }),
    );
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
