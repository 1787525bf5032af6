import type { ScheduleTarget } from "#model/generated/resources.generated.ts";
import type {
  EcsParameters as EventsParameters,
  Target as EventsTarget,
} from "#model/generated/events/types.generated.ts";
import type {
  EcsParameters as SchedulerParameters,
  Target as SchedulerTarget,
} from "#model/generated/scheduler/types.generated.ts";
import type { RunTaskRequest, Tag } from "#model/generated/types.generated.ts";
import { type Identity, clusterArn, clusterNameOf, parseArn } from "../arns.ts";

/** Members that EventBridge and its Scheduler have in common, with tags of either. */
type Parameters = Omit<EventsParameters, "Tags"> & { Tags?: readonly object[] };

/** Retry policy, role and input are the same in both APIs. */
type AnyTarget = Pick<EventsTarget, "Arn" | "RoleArn" | "Input" | "RetryPolicy"> & { EcsParameters?: Parameters };

/**
 * A target of EventBridge or of its Scheduler as a resource keeps it.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_EcsParameters.html
 */
export function scheduleTarget(id: string, target: EventsTarget | SchedulerTarget): ScheduleTarget {
  const { Arn, RoleArn, Input, RetryPolicy, EcsParameters }: AnyTarget = target;
  const { MaximumEventAgeInSeconds: age, MaximumRetryAttempts: attempts } = RetryPolicy ?? {};
  return {
    id,
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
    ...(Input !== undefined && { input: Input }),
    runTask: { cluster: Arn, ...runTaskOf(EcsParameters ?? { TaskDefinitionArn: "" }) },
    ...(RetryPolicy && {
      retryPolicy: {
        ...(age !== undefined && { maximumEventAgeInSeconds: age }),
        ...(attempts !== undefined && { maximumRetryAttempts: attempts }),
      },
    }),
  };
}

function runTaskOf(parameters: Parameters): RunTaskRequest {
  const network = parameters.NetworkConfiguration?.awsvpcConfiguration;
  return defined({
    taskDefinition: parameters.TaskDefinitionArn,
    count: parameters.TaskCount,
    launchType: parameters.LaunchType,
    platformVersion: parameters.PlatformVersion,
    group: parameters.Group,
    capacityProviderStrategy: parameters.CapacityProviderStrategy,
    enableECSManagedTags: parameters.EnableECSManagedTags,
    enableExecuteCommand: parameters.EnableExecuteCommand,
    placementConstraints: parameters.PlacementConstraints,
    placementStrategy: parameters.PlacementStrategy,
    propagateTags: parameters.PropagateTags,
    referenceId: parameters.ReferenceId,
    tags: parameters.Tags?.map(tagOf),
    networkConfiguration: network && {
      awsvpcConfiguration: defined({
        subnets: network.Subnets,
        securityGroups: network.SecurityGroups,
        assignPublicIp: network.AssignPublicIp,
      }),
    },
  });
}

/** A tag as EventBridge writes it (`Key`), or as people write the Scheduler's free form (`key`). */
function tagOf(tag: object): Tag {
  const { Key, Value, key = Key, value = Value } = tag as Record<string, string | undefined>;
  return defined({ key, value });
}

/** The reverse of {@link scheduleTarget} for the API of EventBridge. */
export function eventsTarget(target: ScheduleTarget, cluster: string, identity: Identity): EventsTarget {
  return {
    Id: target.id,
    ...commonMembers(target, cluster, identity),
    EcsParameters: {
      ...parametersOf(target.runTask),
      ...(target.runTask.tags && {
        Tags: target.runTask.tags.map(({ key = "", value = "" }) => ({ Key: key, Value: value })),
      }),
    },
  };
}

/** The reverse of {@link scheduleTarget} for the API of EventBridge Scheduler. */
export function schedulerTarget(target: ScheduleTarget, cluster: string, identity: Identity): SchedulerTarget {
  const { runTask, retryPolicy } = target;
  const EcsParameters: SchedulerParameters = {
    ...parametersOf(runTask),
    ...(runTask.tags && { Tags: runTask.tags.map(({ key = "", value = "" }) => ({ key, value })) }),
  };
  return {
    RoleArn: "",
    ...commonMembers(target, cluster, identity),
    // Scheduler always tells them.
    RetryPolicy: {
      MaximumEventAgeInSeconds: retryPolicy?.maximumEventAgeInSeconds ?? DEFAULT_EVENT_AGE_SECONDS,
      MaximumRetryAttempts: retryPolicy?.maximumRetryAttempts ?? DEFAULT_RETRY_ATTEMPTS,
    },
    EcsParameters,
  };
}

/** How late a start may come unless the retry policy says. */
export const DEFAULT_EVENT_AGE_SECONDS = 86_400;
/** How often a start is tried again unless the retry policy says. */
export const DEFAULT_RETRY_ATTEMPTS = 185;

function commonMembers(target: ScheduleTarget, cluster: string, identity: Identity): Omit<AnyTarget, "EcsParameters"> {
  const { roleArn, runTask, retryPolicy } = target;
  const input = target.input ?? (runTask.overrides && JSON.stringify(runTask.overrides));
  const named = runTask.cluster !== undefined && parseArn(runTask.cluster) !== undefined;
  return {
    Arn: named
      ? (runTask.cluster ?? "")
      : clusterArn(identity, runTask.cluster ? clusterNameOf(runTask.cluster) : cluster),
    ...(roleArn !== undefined && { RoleArn: roleArn }),
    ...(input !== undefined && { Input: input }),
    ...(retryPolicy && {
      RetryPolicy: defined({
        MaximumEventAgeInSeconds: retryPolicy.maximumEventAgeInSeconds,
        MaximumRetryAttempts: retryPolicy.maximumRetryAttempts,
      }),
    }),
  };
}

function parametersOf(run: RunTaskRequest): Omit<EventsParameters, "Tags"> {
  const network = run.networkConfiguration?.awsvpcConfiguration;
  return defined({
    TaskDefinitionArn: run.taskDefinition,
    TaskCount: run.count ?? 1,
    LaunchType: run.launchType as EventsParameters["LaunchType"],
    PlatformVersion: run.platformVersion,
    Group: run.group,
    CapacityProviderStrategy: run.capacityProviderStrategy,
    EnableECSManagedTags: run.enableECSManagedTags ?? false,
    EnableExecuteCommand: run.enableExecuteCommand ?? false,
    PlacementConstraints: run.placementConstraints,
    PlacementStrategy: run.placementStrategy,
    PropagateTags: run.propagateTags as EventsParameters["PropagateTags"],
    ReferenceId: run.referenceId,
    NetworkConfiguration: network && {
      awsvpcConfiguration: defined({
        Subnets: network.subnets,
        SecurityGroups: network.securityGroups,
        AssignPublicIp: network.assignPublicIp,
      }),
    },
  });
}

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the members that are undefined. */
function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
