import { createHash } from "node:crypto";
import { scheduleArn } from "#lib/ecs/describe/schedule.ts";
import type { Identity } from "#lib/ecs/arns.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { overridesOf } from "#lib/ecs/schedule/rules.ts";
import { isRule, scheduleNameOf } from "#lib/ecs/schedule/timing.ts";
import { newTask, tagsOfTask } from "#lib/ecs/task-resource.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSCluster, ECSSchedule, ECSTask, ScheduleTarget } from "#model/generated/resources.generated.ts";
import type { RunTaskRequest } from "#model/generated/types.generated.ts";
import type { ResolvedTaskDefinition } from "../service/state.ts";

/** What ECS keeps of `startedBy` that EventBridge gives. */
const STARTED_BY_MAX = 36;

/** What a target refers to, as it is when its tasks start. */
export interface ResolvedTarget {
  readonly cluster: ECSCluster;
  readonly clusterName: string;
  /** Where the tasks are made. */
  readonly namespace: string;
  readonly definition: ResolvedTaskDefinition;
}

/** One start: of a target, at a moment, for the nth time. */
export interface Start {
  readonly target: ScheduleTarget;
  readonly momentMs: number;
  /** From 1. */
  readonly attempt: number;
}

/**
 * The tasks of one start. Their ids follow from schedule, target and moment, so that a start that is made twice, by
 * another process or after an end without record, finds the tasks that are there.
 */
export function scheduledTasks(
  schedule: ECSSchedule,
  start: Start,
  found: ResolvedTarget,
  identity: Identity,
): ECSTask[] {
  const { target, momentMs } = start;
  const input = inputOf(schedule, start, identity);
  const { cluster, clusterName, namespace, definition } = found;
  const propagated = input.propagateTags === "TASK_DEFINITION" ? (definition.resource.spec.tags ?? []) : [];
  const resolved = {
    cluster: { name: clusterName, namespace, uid: cluster.metadata.uid ?? "" },
    family: definition.resource.spec.family,
    revision: definition.revision,
    target: launchTarget(input, cluster),
    tags: tagsOfTask(input, clusterName, propagated),
  };
  return Array.from({ length: target.runTask.count ?? 1 }, (_, index) => {
    const id = taskId(schedule, target.id, momentMs, index);
    return withOrigin(newTask(id, input, resolved), schedule, momentMs);
  });
}

function taskId({ metadata }: ECSSchedule, targetId: string, momentMs: number, index: number): string {
  const facts = JSON.stringify([metadata.uid, targetId, momentMs, index]);
  return createHash("sha256").update(facts).digest("hex").slice(0, 32);
}

function withOrigin(task: ECSTask, schedule: ECSSchedule, momentMs: number): ECSTask {
  const { metadata } = task;
  return {
    ...task,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [ANNOTATIONS.schedule]: keyOf(refOf(schedule)),
        [ANNOTATIONS.scheduledTime]: new Date(momentMs).toISOString(),
      },
    },
  };
}

/** RunTask's input that a start stands for. */
function inputOf(schedule: ECSSchedule, start: Start, identity: Identity): RunTaskRequest {
  const { input, runTask } = start.target;
  const overrides = input === undefined ? undefined : overridesOf(withContext(input, schedule, start, identity));
  return {
    ...runTask,
    startedBy: runTask.startedBy ?? startedBy(schedule),
    ...(overrides && { overrides }),
  };
}

function startedBy(schedule: ECSSchedule): string {
  const prefix = isRule(schedule) ? "events-rule" : "chronos-schedule";
  return `${prefix}/${scheduleNameOf(schedule).replaceAll(".", "-")}`.slice(0, STARTED_BY_MAX);
}

/**
 * An input with EventBridge Scheduler's context attributes replaced.
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function withContext(
  input: string,
  schedule: ECSSchedule,
  { target, momentMs, attempt }: Start,
  identity: Identity,
): string {
  if (isRule(schedule)) return input;
  return input
    .replaceAll("<aws.scheduler.schedule-arn>", scheduleArn(schedule, identity))
    .replaceAll("<aws.scheduler.scheduled-time>", new Date(momentMs).toISOString().replace(/\.\d+Z$/, "Z"))
    .replaceAll("<aws.scheduler.execution-id>", taskId(schedule, target.id, momentMs, 0))
    .replaceAll("<aws.scheduler.attempt-number>", String(attempt));
}

/** The target's own, else the cluster's default strategy, as RunTask has it. */
function launchTarget(
  { launchType, capacityProviderStrategy = [] }: RunTaskRequest,
  { spec }: ECSCluster,
): Pick<RunTaskRequest, "launchType" | "capacityProviderStrategy"> {
  if (capacityProviderStrategy.length > 0) return { capacityProviderStrategy };
  if (launchType !== undefined) return { launchType };
  const inherited = spec.defaultCapacityProviderStrategy ?? [];
  return inherited.length > 0 ? { capacityProviderStrategy: inherited } : {};
}
