import type { DaemonSet, Deployment, ReplicaSet } from "#lib/kube/resources.ts";
import type { ServiceCapacity } from "./capacity.ts";
import type { Problem } from "./problem.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type {
  ECSAlarm,
  ECSService,
  ECSServiceDeployment,
  ECSServiceRevision,
  ECSTaskDefinition,
  ECSTaskSet,
} from "#model/generated/resources.generated.ts";
import type { HookAnswer } from "../hook/answer.ts";
import type { ContainerImages } from "../pod/image.ts";
import type { Surroundings } from "../pod/input.ts";
import type { Traffic } from "../traffic/state.ts";

/** A task definition that exists and has its revision. */
export interface ResolvedTaskDefinition {
  readonly resource: ECSTaskDefinition;
  readonly revision: number;
  readonly arn: string;
}

/** What a service's `spec.taskDefinition` comes to. */
export type Resolution = { readonly found: ResolvedTaskDefinition } | { readonly problem: Problem };

/**
 * How ECS counts a task: PENDING until it is RUNNING; STOPPING from when it is told to stop, which ECS counts as
 * neither; then STOPPED.
 */
export type TaskPhase = "PENDING" | "RUNNING" | "STOPPING" | "STOPPED";

/** One task of a service, from its ECSTask and its Pod together: either may be missing for a moment. */
export interface ServiceTask {
  readonly id: string;
  /** The digits after `ecs-svc/`; of a foreign Pod, none. */
  readonly deployment?: string;
  readonly phase: TaskPhase;
  /** RFC 3339, as the other times. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly stoppedAt?: string;
  /** Whether a node has been found for it: that is when ECS says that it has started. */
  readonly placed: boolean;
  readonly taskDefinition?: string;
  /** Stopped because the service wanted fewer tasks or other ones. */
  readonly stoppedByScheduler: boolean;
  /** Did not start, was not healthy, or an essential container ended by itself. */
  readonly failed: boolean;
  /** Stopped because its containers' health checks failed. */
  readonly unhealthy?: boolean;
  /** Since when the checks of its containers pass; absent as long as they do not, or there are none. */
  readonly healthySince?: string;
  /** What the Kubernetes scheduler says why it finds no node. */
  readonly unplaceable?: string;
  /** Name of its capacity provider, where its Pod says one. */
  readonly capacityProvider?: string;
  /** Until when it is protected against scale-in and roll-outs; absent once that is over. */
  readonly protectedUntil?: string;
  /** Names of the Kubernetes Services that bring traffic to its Pod now. */
  readonly traffic?: readonly string[];
  /** Uid of the ReplicaSet that its Pod is of. */
  readonly replicaSet?: string;
  /** It runs, though Kubernetes counts its Pod as not ready, because a container that is not essential has ended. */
  readonly partlyEnded?: boolean;
}

/** The service revision that was last deployed completely, and what its task definition comes to now. */
export interface CompletedRevision {
  readonly revision: ECSServiceRevision;
  readonly taskDefinition: Resolution;
  readonly capacity?: ServiceCapacity;
  readonly traffic?: Traffic;
}

/** Where a service's tasks are and could be. */
export interface Zones {
  /** Zone of each task that is on a node, by the task's id. */
  readonly ofTask: ReadonlyMap<string, string>;
  /** Zones with a node that new tasks may come to, in order. */
  readonly usable: readonly string[];
  readonly asOf: Date;
}

/** All that is known about one service when it is reconciled: plain data. */
export interface ServiceState {
  readonly service: ECSService;
  /** ECS names. */
  readonly serviceName: string;
  readonly clusterName: string;
  readonly clusterExists: boolean;
  /** An older service with the same ARN, as `namespace/name`. */
  readonly elder?: string;
  readonly taskDefinition: Resolution;
  /** Id of the service revision whose members are in the place of the spec's own. */
  readonly atRevision?: string | undefined;
  /** The Deployment of ours, if it has been made. */
  readonly deployment?: Deployment;
  /** In its place for the scheduling strategy DAEMON. */
  readonly daemonSet?: DaemonSet;
  readonly replicaSets: readonly ReplicaSet[];
  /** The task set that this is about; then `service` is the service as it looks to its tasks. */
  readonly taskSet?: ECSTaskSet;
  /** The service's task sets, where somebody else than ECS rolls it out. */
  readonly taskSets?: readonly ECSTaskSet[];
  /** Of a service whose tasks are kept even over the Availability Zones. */
  readonly zones?: Zones | undefined;
  /** The images of the deployment that is wanted, where they are known. */
  readonly images?: ContainerImages | undefined;
  readonly tasks: readonly ServiceTask[];
  /** The service deployments and service revisions of it that are kept in Kubernetes. */
  readonly serviceDeployments: readonly ECSServiceDeployment[];
  readonly serviceRevisions: readonly ECSServiceRevision[];
  readonly completed?: CompletedRevision;
  /** Why its lifecycle hooks cannot be run. */
  readonly hookProblem?: Problem | undefined;
  /** What targets of lifecycle hooks have answered and the status does not say yet, by `callKey`. */
  readonly hookAnswers?: ReadonlyMap<string, HookAnswer>;
  /** Those that its deployments watch, as far as they are there. */
  readonly alarms: readonly ECSAlarm[];
  /** The newest service deployment as it has been judged; absent until the spec can be followed at all. */
  readonly rollout?: Rollout | undefined;
  readonly surroundings?: Surroundings;
  readonly capacity?: ServiceCapacity;
  /** Ids of the tasks whose nodes are drained. */
  readonly draining?: ReadonlySet<string>;
  /** How the tasks get traffic, where the task definition is known. */
  readonly traffic?: Traffic;
}
