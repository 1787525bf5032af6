import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { isBeforeScaleUp, isShifting } from "#lib/ecs/lifecycle.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";
import type { ReplicaSet } from "#lib/kube/resources.ts";
import { desiredCountOf } from "./desired-count.ts";
import { beforeScaleUp } from "./revision.ts";
import { besides, rolloutLimits } from "./rollout.ts";
import type { ServiceState, ServiceTask } from "./state.ts";

/** How a Deployment is to come from the Pods that there are to those that are wanted. */
export interface RolloutPlan {
  readonly replicas: number;
  readonly maxUnavailable: number;
  readonly maxSurge: number;
  /** Present while protected tasks of an older template hold the roll-out, or traffic has not been shifted for good. */
  readonly hold?: { readonly paused: boolean };
}

/** `minReadySeconds` of a roll-out that is held: no new Pod counts as available, so none replaces an old one. */
export const HOLD_SECONDS = 31_536_000;

/**
 * How many Pods the Deployment may have and lack, so that it removes no protected task.
 *
 * - Scale-in: no fewer replicas than tasks are protected; which go is chosen by the Pods' deletion cost.
 * - Roll-out: while tasks of an old ReplicaSet are protected, new Pods never count as available. Then the Deployment
 *   keeps exactly `replicas - maxUnavailable` old Pods, and that number is set here: the protected ones, and as many
 *   others as the lower limit of the roll-out asks for while new ones are not ready.
 *
 * - Where a deployment shifts traffic, new Pods stand beside as many old ones until it has done so: none of either is removed.
 *
 * The Deployment takes Pods from the oldest ReplicaSet first, so an unprotected task of a younger one is kept as long
 * as an older one has protected ones; and it removes Pods that are not ready before others, protected or not.
 * @param templateHash of the Pod template that is wanted
 */
export function rolloutPlan(state: ServiceState, templateHash: string): RolloutPlan {
  return besidePlan(state) ?? rollingPlan(state, templateHash);
}

function besidePlan(state: ServiceState): RolloutPlan | undefined {
  const { rollout, replicaSets, service } = state;
  if (rollout?.lifecycle === undefined || !isShifting(rollout) || beforeScaleUp(state) !== undefined) return undefined;
  const { lifecycle } = rollout;
  if (lifecycle.source === undefined && isBeforeScaleUp(lifecycle)) return { replicas: 0, ...besides(0) };
  const guarded = protectedTasks(state);
  const size = Math.max(desiredCountOf(service), ...replicaSets.map((each) => guardedOf(each, guarded)));
  return { replicas: size, ...besides(size), hold: { paused: false } };
}

function rollingPlan(state: ServiceState, templateHash: string): RolloutPlan {
  const { service, replicaSets, deployment } = state;
  const wanted = desiredCountOf(service);
  const limits = rolloutLimits(wanted, service.spec.deploymentConfiguration);
  const guarded = protectedTasks(state);
  const current = replicaSets.find((each) => each.metadata?.annotations?.[ANNOTATIONS.templateHash] === templateHash);
  if (guarded.length === 0) {
    return { replicas: wanted, ...limits, maxUnavailable: limits.maxUnavailable + partlyEnded(state, current) };
  }

  const present = deployment?.spec?.replicas ?? 0;
  const old = replicaSets.filter((each) => each !== current && sizeOf(each) > 0);
  const held = heldPods(old, guarded);
  const several = old.length + (current && sizeOf(current) > 0 ? 1 : 0) > 1;
  // Kubernetes shares a smaller number out over all ReplicaSets, protected Pods or not: it waits for the roll-out.
  const replicas = Math.max(wanted, held, guardedOf(current, guarded), several ? present : 0);
  if (held === 0) return { replicas, ...limits };

  const least = wanted - limits.maxUnavailable;
  const oldPods = Math.min(sum(old.map(sizeOf)), Math.max(held, least - (current?.status?.readyReplicas ?? 0)));
  const maxUnavailable = Math.max(0, replicas - oldPods - availableOf(current));
  const room = wanted + limits.maxSurge - replicas;
  const maxSurge = Math.max(0, replicas > wanted ? Math.min(room, wanted) : room);
  if (maxUnavailable + maxSurge > 0) return { replicas, maxUnavailable, maxSurge, hold: { paused: false } };
  // Kubernetes refuses two zeros. A paused Deployment makes nothing new, but shares numbers out where it has several.
  return { replicas, maxUnavailable: 0, maxSurge: 1, hold: { paused: !several } };
}

/**
 * New tasks that run but never become ready in Kubernetes' eyes: it may lack as many more, or it would wait for them
 * for ever and remove none of the old ones.
 */
function partlyEnded({ tasks }: ServiceState, current: ReplicaSet | undefined): number {
  const uid = current?.metadata?.uid;
  return uid === undefined ? 0 : tasks.filter((task) => task.partlyEnded === true && task.replicaSet === uid).length;
}

/** Tasks of a service that are protected now and still there. */
export function protectedTasks({ tasks }: Pick<ServiceState, "tasks">): ServiceTask[] {
  return tasks.filter(
    ({ protectedUntil, phase }) => protectedUntil !== undefined && (phase === "RUNNING" || phase === "PENDING"),
  );
}

/**
 * Id of the deployment whose protected tasks keep the service from having just the tasks that it asks for.
 * @param primary digits of the PRIMARY deployment
 */
export function heldDeployment(state: ServiceState, primary: string | undefined): string | undefined {
  if (primary === undefined) return undefined;
  const guarded = protectedTasks(state);
  const older = guarded.find(({ deployment = primary }) => deployment !== primary)?.deployment;
  if (older !== undefined) return deploymentId(older);
  return guarded.length > desiredCountOf(state.service) ? deploymentId(primary) : undefined;
}

/** How many milliseconds until the first protection ends; Infinity where none is. */
export function protectionEndsInMs(state: ServiceState, now: Date): number {
  const ends = protectedTasks(state).map(({ protectedUntil = "" }) => Date.parse(protectedUntil));
  return Math.max(0, Math.min(...ends) - now.getTime()) + 1;
}

/** The fewest Pods of old ReplicaSets that can be left with no protected one removed: the oldest lose theirs first. */
function heldPods(old: readonly ReplicaSet[], guarded: readonly ServiceTask[]): number {
  let removable = 0;
  for (const replicaSet of [...old].sort(byAge)) {
    const kept = guardedOf(replicaSet, guarded);
    removable += Math.max(0, sizeOf(replicaSet) - kept);
    if (kept > 0) return sum(old.map(sizeOf)) - removable;
  }
  return 0;
}

function guardedOf(replicaSet: ReplicaSet | undefined, guarded: readonly ServiceTask[]): number {
  if (replicaSet === undefined) return 0;
  return guarded.filter((task) => task.replicaSet === replicaSet.metadata?.uid).length;
}

/** Pods that may count as available: as long as the ReplicaSet has not been told to hold, all of them. */
function availableOf(replicaSet: ReplicaSet | undefined): number {
  if (replicaSet === undefined) return 0;
  return replicaSet.spec?.minReadySeconds === HOLD_SECONDS
    ? (replicaSet.status?.availableReplicas ?? 0)
    : sizeOf(replicaSet);
}

const sizeOf = ({ spec, status }: ReplicaSet): number => Math.max(spec?.replicas ?? 0, status?.replicas ?? 0);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
const byAge = (a: ReplicaSet, b: ReplicaSet): number => ageOf(a).localeCompare(ageOf(b));
const ageOf = ({ metadata }: ReplicaSet): string => `${metadata?.creationTimestamp ?? "9"} ${metadata?.name ?? ""}`;
