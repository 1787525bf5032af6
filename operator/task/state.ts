import type { Identity } from "#lib/ecs/arns.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import type { Node, Pod } from "#lib/kube/resources.ts";
import type { ECSTask } from "#model/generated/resources.generated.ts";
import type { Surroundings, TaskDefinitionInput } from "../pod/input.ts";

/** Why a task cannot be started until something changes; `reason` is that of its `Stalled` condition. */
export interface Hindrance {
  readonly reason: string;
  readonly message: string;
}

/** The task definition that a task runs, or why there is none. */
export type TaskDefinitionFound =
  | { readonly arn: string; readonly family: string; readonly revision: number; readonly spec: TaskDefinitionInput }
  | { readonly hindrance: Hindrance };

/** A node that was deleted, or that no longer answers while a Pod on it is overdue. */
export interface LostNode {
  /** Id of the EC2 instance, or the node's name. */
  readonly instanceId: string;
  readonly gone: boolean;
}

/** All that is known about one task when it is reconciled: plain data. */
export interface TaskState {
  readonly task: ECSTask;
  readonly identity: Identity;
  /** ECS name. */
  readonly clusterName: string;
  readonly definition: TaskDefinitionFound;
  readonly surroundings?: Surroundings;
  /** The task's Pod while it exists. */
  readonly pod?: Pod;
  /** The Pod as it was last seen, once it is gone, where that is remembered. */
  readonly lastPod?: Pod;
  /** The node that the Pod is or was bound to. */
  readonly node?: Node;
  /** The node, as it was last known, is no longer there. */
  readonly lostNode?: LostNode;
  /** Of a task of a service: seconds after its start for which it is not stopped for its health. */
  readonly healthGraceSeconds?: number;
  /** Why the task can never be started: the API server refused its Pod. */
  readonly refused?: string;
}

/** The Pod, present or remembered. */
export function podSeen({ pod, lastPod }: TaskState): Pod | undefined {
  return pod ?? lastPod;
}

/** True where a Pod was there and is no more: a task is never started twice. */
export function hasLostPod(state: TaskState): boolean {
  // A service's task is made for a Pod that has been seen.
  return state.pod === undefined && (state.task.status?.podUid !== undefined || isOfService(state));
}

/** True for the task that stands for a Pod of a service. */
export function isOfService({ task }: TaskState): boolean {
  return task.metadata.labels?.[LABELS.service] !== undefined;
}
