import { type Identity, parseArn } from "#lib/ecs/arns.ts";
import type { DeploymentInResource, ECSService, ECSTask } from "#model/generated/resources.generated.ts";
import { type HistoryEntry, stateOf } from "./history.ts";
import type { ProjectedResource } from "./tables.ts";

export const EVENT_TYPES = [
  "cluster.created",
  "cluster.updated",
  "cluster.deleted",
  "service.created",
  "service.updated",
  "service.deleted",
  "task.started",
  "task.stopped",
  "task.status_changed",
  "deployment.started",
  "deployment.complete",
  "deployment.failed",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened. */
export interface EcsEvent {
  readonly type: EventType;
  /** When the change was seen. */
  readonly timestamp: Date;
  /** ARN of the cluster, service or task. */
  readonly resource: string;
  /** The resource as a describe call answered it then, and what more there is to say of the event. */
  readonly data: object;
}

/** What happened in one change; `previous` is the resource before it. */
export function eventsOf(entry: HistoryEntry, previous: ProjectedResource | undefined, identity: Identity): EcsEvent[] {
  const resource = entry.arn;
  if (resource === undefined) return [];
  const event = (type: EventType, more: object = {}): EcsEvent => ({
    type,
    timestamp: entry.changedAt,
    resource,
    data: { state: stateOf(entry, resource, { identity, time: entry.changedAt }) ?? null, ...more },
  });
  const { object } = entry;
  if (object.kind === "ECSCluster") return [event(`cluster.${VERBS[entry.change]}`)];
  if (object.kind === "ECSService") {
    return [event(`service.${VERBS[entry.change]}`), ...deploymentEvents(object, previous, event)];
  }
  return object.kind === "ECSTask" ? taskEvents(entry.change, object, previous, event) : [];
}

/** ECS name of the cluster that an event is about. */
export function clusterOfEvent({ resource }: EcsEvent): string | undefined {
  return parseArn(resource)?.path[0];
}

const VERBS = { ADDED: "created", MODIFIED: "updated", DELETED: "deleted" } as const;

type MakeEvent = (type: EventType, more?: object) => EcsEvent;

function taskEvents(
  change: HistoryEntry["change"],
  task: ECSTask,
  previous: ProjectedResource | undefined,
  event: MakeEvent,
): EcsEvent[] {
  const before = previous?.kind === "ECSTask" ? lastStatus(previous) : undefined;
  // A task that is deleted before it has stopped is shown as STOPPED.
  const now = change === "DELETED" ? "STOPPED" : lastStatus(task);
  if (before === now) return [];
  const events = [event("task.status_changed", { previousStatus: before ?? null, status: now })];
  if (now === "RUNNING") events.push(event("task.started"));
  if (now === "STOPPED") events.push(event("task.stopped"));
  return events;
}

function lastStatus({ status }: ECSTask): string {
  return status?.lastStatus ?? "PROVISIONING";
}

const ENDS = { COMPLETED: "deployment.complete", FAILED: "deployment.failed" } as const;

function deploymentEvents(service: ECSService, previous: ProjectedResource | undefined, event: MakeEvent): EcsEvent[] {
  const before = new Map(
    (previous?.kind === "ECSService" ? deploymentsOf(previous) : []).map((each) => [each.id, each]),
  );
  return deploymentsOf(service).flatMap((deployment) => {
    const known = before.get(deployment.id);
    const state = deployment.rolloutState;
    const end = state === "COMPLETED" || state === "FAILED" ? ENDS[state] : undefined;
    return [
      ...(known === undefined ? [event("deployment.started", { deployment })] : []),
      ...(end !== undefined && known?.rolloutState !== state ? [event(end, { deployment })] : []),
    ];
  });
}

function deploymentsOf({ status }: ECSService): readonly DeploymentInResource[] {
  return status?.deployments ?? [];
}
