import type { NodePool } from "#lib/ecs/node-pool.ts";
import type { VolumeConfiguration } from "#lib/ecs/volume-configurations.ts";
import type { ECSTaskDefinitionSpec } from "#model/generated/resources.generated.ts";
import type {
  ContainerDefinition,
  LaunchType,
  PlacementConstraint,
  PlacementStrategy,
  TaskOverride,
} from "#model/generated/types.generated.ts";
import type { ContainerImages } from "./image.ts";

/** A task definition as a Pod is made from it: RegisterTaskDefinition's input, or an ECSTaskDefinition's spec. */
export type TaskDefinitionInput = Omit<ECSTaskDefinitionSpec, "revision" | "status">;

/** A container definition whose name is there, as every valid one's is. */
export type NamedContainer = ContainerDefinition & { name: string };

/** What the installation offers to containers. */
export interface Surroundings {
  /** Where containers reach the agent; without it they are not told of one. */
  readonly agentUrl?: string | undefined;
  /** How containers get the credentials of their task's role; not at all unless said. */
  readonly taskRole?: "none" | "secret" | "web-identity" | undefined;
  /** KECS's own image, for sidecars. */
  readonly sidecarImage?: string | undefined;
  /** Whether Kubernetes lets single containers have a restart policy of their own, see `operator/features.ts`. */
  readonly containerRestartRules?: boolean | undefined;
}

/** Whose Pod it is. */
export interface TaskInfo {
  readonly region: string;
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly revision: number;
  readonly launchType?: LaunchType;
  readonly surroundings?: Surroundings | undefined;
  /** `group` of a task of RunTask: the Pods among which it is spread or kept apart. */
  readonly group?: string;
  /** Id and ARN of a task of RunTask; a Pod of a service gets its own once it exists. */
  readonly task?: { readonly id: string; readonly arn: string };
  /** Capacity provider of its strategy, where it has one and that is known. */
  readonly capacityProvider?: string;
  /** The service and its ECS deployment (the digits after `ecs-svc/`) of a service's Pods. */
  readonly service?: { readonly name: string; readonly arn: string; readonly deploymentId?: string };
}

/** All that a Pod is made from. */
export interface PodInput {
  readonly taskDefinition: TaskDefinitionInput;
  readonly overrides?: TaskOverride;
  readonly task: TaskInfo;
  /** `Never` for a task of RunTask; a Deployment's Pods must have `Always`, whatever their containers have. */
  readonly restartPolicy: "Never" | "Always";
  /** Constraints of the call or the service, besides the task definition's own. */
  readonly placementConstraints?: readonly PlacementConstraint[];
  readonly placementStrategy?: readonly PlacementStrategy[];
  /** The nodes on which it may run; all where not given. */
  readonly pool?: NodePool;
  /** Its capacity provider is chosen when the Pod is there: until then it is not scheduled. */
  readonly undecided?: boolean;
  /** Host names of the nodes that satisfy the constraints that labels cannot say. */
  readonly hosts?: readonly string[];
  /** How the volumes that are configured at launch are to be. */
  readonly volumeConfigurations?: readonly VolumeConfiguration[];
  /** What the images came to, where that is known; else the node's own copies are used first. */
  readonly images?: ContainerImages | undefined;
  /** Node to run on whatever the scheduler thinks, as StartTask asks. */
  readonly nodeName?: string;
}
