import { stepScalingPolicies, targetTrackingPolicies } from "#lib/ecs/scaling/policies.ts";
import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import { type Finding, type Progress, setConditions } from "#lib/kube/conditions.ts";
import type { HorizontalPodAutoscaler } from "#lib/kube/resources.ts";
import type { ECSScalableTargetStatus, ScalingActivityEntry } from "#model/generated/resources.generated.ts";
import type { Capacity } from "./capacity.ts";
import type { ScalableTargetState } from "./state.ts";
import type { Stepping } from "./stepping.ts";

/** Activities that are remembered; AWS keeps them for six weeks. */
const ACTIVITIES_MAX = 50;

/** A desired count that is to be set because the one that there is lies outside of the capacities. */
export interface Correction {
  readonly desiredCount: number;
  readonly cause: string;
}

/**
 * What to set the desired count to: when the capacities change, and where there is none that an autoscaler could
 * change. Whoever else moves it out of them is left alone, as at AWS, until the autoscaler acts.
 */
export function correctionOf({ target, service }: ScalableTargetState, capacity: Capacity): Correction | undefined {
  const { minCapacity, maxCapacity } = target.status ?? {};
  const count = service?.spec.desiredCount;
  const { min, max, action } = capacity;
  if (service === undefined) return undefined;
  if (count === undefined)
    return { desiredCount: Math.min(max, Math.max(min, 1)), cause: "the service had no desired count" };
  if (minCapacity === min && maxCapacity === max) return undefined;
  const because = (what: string): string =>
    action === undefined ? what : `scheduled action name ${action} was triggered, ${what}`;
  if (count < min) return { desiredCount: min, cause: because(`minimum capacity was set to ${min}`) };
  if (count > max) return { desiredCount: max, cause: because(`maximum capacity was set to ${max}`) };
  return undefined;
}

/** The change that a step scaling policy has asked for and that is not made yet. */
export function pendingCorrection(
  { target, service }: ScalableTargetState,
  { min, max }: Capacity,
): Correction | undefined {
  const { pendingStep } = target.status ?? {};
  if (service === undefined || pendingStep === undefined) return undefined;
  const { to, cause } = pendingStep;
  return { desiredCount: Math.min(max, Math.max(min, to)), cause };
}

/** What a look has come to: a change that was made, or else what the alarms ask for. */
export interface Look {
  readonly correction?: Correction | undefined;
  readonly stepping?: Stepping | undefined;
}

/** The status of a scalable target that can work. */
export function scalableTargetStatus(
  state: ScalableTargetState,
  capacity: Capacity,
  { correction, stepping }: Look,
  now: Date,
): ECSScalableTargetStatus {
  const { target, service, serviceName, clusterName, autoscaler } = state;
  const desiredCount = correction?.desiredCount ?? service?.spec.desiredCount;
  const lastScaleTime = autoscaler?.status?.lastScaleTime;
  const activities = [
    ...correctionEntry(state, correction, now),
    ...autoscalerEntry(state),
    ...(stepping?.failed ?? []).map(({ cause, what }) => failedEntry(state, cause, what, now.toISOString())),
    ...(target.status?.activities ?? []),
  ];
  return {
    minCapacity: capacity.min,
    maxCapacity: capacity.max,
    serviceName,
    clusterName,
    spec: capacity.specHash,
    actions: capacity.actionsHash,
    since: iso(capacity.sinceMs),
    ...(desiredCount !== undefined && { desiredCount }),
    ...(capacity.seenMs !== undefined && { lastScheduleTime: iso(capacity.seenMs) }),
    ...(capacity.nextMs !== undefined && { nextScheduleTime: iso(capacity.nextMs) }),
    ...(lastScaleTime !== undefined && { lastScaleTime }),
    ...stepMembers(state, stepping),
    ...(activities.length > 0 && { activities: activities.slice(0, ACTIVITIES_MAX) }),
    ...conditionsOf(state, progressOf(state), now),
  };
}

/** The last step of each policy, its alarms, and the step that is to be made next. */
function stepMembers(
  { target }: ScalableTargetState,
  found: Stepping | undefined,
): Pick<ECSScalableTargetStatus, "alarms" | "steps" | "pendingStep"> {
  const { steps: known = [], pendingStep: done, alarms: before = [] } = target.status ?? {};
  const names = new Set(stepScalingPolicies(target.spec.policies).map(({ policyName }) => policyName));
  const others = known.filter(({ policyName }) => policyName !== done?.policyName);
  const steps = [...others, ...(done ? [done] : [])].filter(({ policyName }) => names.has(policyName));
  const alarms = found?.alarms ?? before.filter(({ policyName }) => names.has(policyName));
  return {
    ...(alarms.length > 0 && { alarms }),
    ...(steps.length > 0 && { steps }),
    ...(found?.step && { pendingStep: found.step }),
  };
}

/** The status of a scalable target that cannot work: what it has done before stays told. */
export function stalledStatus(state: ScalableTargetState, stalled: Finding, now: Date): ECSScalableTargetStatus {
  const { nextScheduleTime: _, ...before } = state.target.status ?? {};
  return { ...before, ...conditionsOf(state, { stalled }, now) };
}

function conditionsOf({ target: { metadata, status } }: ScalableTargetState, progress: Progress, now: Date) {
  const { generation } = metadata;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    conditions: setConditions(status?.conditions, progress, generation, now),
  };
}

function progressOf({ target, autoscaler }: ScalableTargetState): Progress {
  if ((target.spec.policies ?? []).length === 0) {
    return { ready: { reason: "Registered", message: "There is no policy that the desired count follows." } };
  }
  if (targetTrackingPolicies(target.spec.policies).length === 0) {
    return { ready: { reason: "Scaling", message: "The desired count follows the alarms of the policies." } };
  }
  const active = conditionOf(autoscaler, "ScalingActive");
  if (active?.status === "True")
    return { ready: { reason: "Scaling", message: "The desired count follows the policies." } };
  // Of no tasks there is nothing to measure, and that is as it should be.
  if (active?.reason === "ScalingDisabled") return { ready: { reason: "AtRest", message: active.message ?? "" } };
  const message = active?.message ?? "The HorizontalPodAutoscaler has not measured anything yet.";
  return { reconciling: { reason: active?.reason ?? "Starting", message } };
}

const conditionOf = (autoscaler: HorizontalPodAutoscaler | undefined, type: string) =>
  autoscaler?.status?.conditions?.find((condition) => condition.type === type);

function correctionEntry(
  state: ScalableTargetState,
  correction: Correction | undefined,
  now: Date,
): ScalingActivityEntry[] {
  return correction === undefined ? [] : [entry(state, correction.desiredCount, correction.cause, now.toISOString())];
}

/** The autoscaler's last change of the count, where it is not told yet. */
function autoscalerEntry(state: ScalableTargetState): ScalingActivityEntry[] {
  const { autoscaler, target } = state;
  const { lastScaleTime, desiredReplicas = 0 } = autoscaler?.status ?? {};
  if (lastScaleTime === undefined || lastScaleTime === target.status?.lastScaleTime) return [];
  const names = (target.spec.policies ?? []).map(({ policyName }) => policyName).join(", ");
  return [entry(state, desiredReplicas, `the average utilization, by policy ${names}`, lastScaleTime)];
}

function failedEntry(state: ScalableTargetState, cause: string, what: string, at: string): ScalingActivityEntry {
  return { ...entry(state, 0, `${cause}: ${what}`, at), cause, description: what, statusCode: "Failed" };
}

function entry(
  { target, serviceName }: ScalableTargetState,
  desiredCount: number,
  cause: string,
  startTime: string,
): ScalingActivityEntry {
  return {
    activityId: stableUuid(target.metadata.uid ?? "", serviceName, startTime, String(desiredCount), cause),
    description: `Setting desired count to ${desiredCount}.`,
    cause,
    statusCode: "Successful",
    startTime,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
