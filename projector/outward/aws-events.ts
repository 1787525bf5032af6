import { type Identity, parseArn, clusterArn } from "#lib/ecs/arns.ts";
import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import type { ECSService, ServiceEventInResource } from "#model/generated/resources.generated.ts";
import type { Task } from "#model/generated/types.generated.ts";
import { type HistoryEntry, stateOf } from "../history.ts";
import type { ProjectedResource } from "../tables.ts";

/**
 * An event as EventBridge delivers those of ECS.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
 */
export interface AwsEvent {
  readonly version: "0";
  /** The same for the same change, whoever sends it and however often. */
  readonly id: string;
  readonly "detail-type": DetailType;
  readonly source: "aws.ecs";
  readonly account: string;
  /** To the second, UTC. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export const DETAIL_TYPES = ["ECS Task State Change", "ECS Service Action", "ECS Deployment State Change"] as const;
export type DetailType = (typeof DETAIL_TYPES)[number];

type Detail = readonly [type: DetailType, detail: AwsEvent["detail"]];

/** The events of one change; `previous` is the resource before it. */
export function awsEventsOf(
  entry: HistoryEntry,
  previous: ProjectedResource | undefined,
  identity: Identity,
): AwsEvent[] {
  const { arn, kind, uid, resourceVersion, changedAt } = entry;
  if (arn === undefined) return [];
  return detailsOf(entry, arn, previous, identity).map(([type, detail], index) => ({
    version: "0",
    id: stableUuid(kind, uid, resourceVersion, type, String(index)),
    "detail-type": type,
    source: "aws.ecs",
    account: identity.accountId,
    time: `${changedAt.toISOString().slice(0, 19)}Z`,
    region: identity.region,
    resources: [arn],
    detail,
  }));
}

function detailsOf(
  entry: HistoryEntry,
  arn: string,
  previous: ProjectedResource | undefined,
  identity: Identity,
): Detail[] {
  const { object } = entry;
  if (object.kind === "ECSTask") return taskDetails(entry, arn, previous, identity);
  if (object.kind !== "ECSService" || entry.change === "DELETED") return [];
  const before = previous?.kind === "ECSService" ? previous : undefined;
  const cluster = clusterArn(identity, parseArn(arn)?.path[0] ?? "");
  return [...actionDetails(object, before, cluster), ...deploymentDetails(object, before)];
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html */
function taskDetails(
  entry: HistoryEntry,
  arn: string,
  previous: ProjectedResource | undefined,
  identity: Identity,
): Detail[] {
  const of = { identity, time: entry.changedAt };
  const now: Task | undefined = stateOf(entry, arn, of);
  if (now === undefined) return [];
  const before: Task | undefined = previous && stateOf({ ...entry, change: "MODIFIED", object: previous }, arn, of);
  if (before !== undefined && stateText(before) === stateText(now)) return [];
  const { tags: _, ...task } = now;
  const updatedAt = entry.changedAt.toISOString();
  return [["ECS Task State Change", { ...(withTimes(task) as object), updatedAt }]];
}

/** What of a task is its state; the rest of it does not change, or means nothing by itself. */
function stateText(task: Task): string {
  const { lastStatus, desiredStatus, healthStatus, connectivity, containers = [], attachments = [] } = task;
  return JSON.stringify([
    [lastStatus, desiredStatus, healthStatus, connectivity],
    containers.map((each) => [each.name, each.lastStatus, each.healthStatus, each.exitCode, each.runtimeId]),
    attachments.map((each) => [each.id, each.status]),
  ]);
}

/** Times as the events have them: text, where the API's answers have seconds. */
function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === "number" && name.endsWith("At") ? new Date(member * 1000).toISOString() : withTimes(member),
    ]),
  );
}

interface Action {
  /** What the service says of itself. */
  readonly says: RegExp;
  readonly eventType: "INFO" | "WARN" | "ERROR";
  readonly eventName: string;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html */
const ACTIONS: readonly Action[] = [
  { says: /, taskSet [^)]*\) updated state to STEADY_STATE/, eventType: "INFO", eventName: "TASKSET_STEADY_STATE" },
  { says: /has reached a steady state/, eventType: "INFO", eventName: "SERVICE_STEADY_STATE" },
  { says: /updated computedDesiredCount/, eventType: "INFO", eventName: "SERVICE_DESIRED_COUNT_UPDATED" },
  { says: /is unable to consistently start/, eventType: "WARN", eventName: "SERVICE_TASK_START_IMPAIRED" },
  { says: /has stopped \d+ running tasks/, eventType: "INFO", eventName: "TASKS_STOPPED" },
  { says: /was unable to place a task/, eventType: "ERROR", eventName: "SERVICE_TASK_PLACEMENT_FAILURE" },
];

function actionDetails(service: ECSService, before: ECSService | undefined, cluster: string): Detail[] {
  const told = new Set((before?.status?.events ?? []).map(({ id }) => id));
  const news = (service.status?.events ?? []).filter(({ id }) => !told.has(id));
  return news.toReversed().flatMap((event) => actionDetail(event, cluster));
}

function actionDetail({ message = "", createdAt }: ServiceEventInResource, cluster: string): Detail[] {
  const action = ACTIONS.find(({ says }) => says.test(message));
  if (action === undefined) return [];
  const { eventType, eventName } = action;
  const reason = eventType !== "ERROR" ? undefined : (/Reason: (.*)$/s.exec(message)?.[1] ?? message);
  return [["ECS Service Action", { eventType, eventName, clusterArn: cluster, ...(reason && { reason }), createdAt }]];
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html */
function deploymentDetails(service: ECSService, before: ECSService | undefined): Detail[] {
  const states = new Map((before?.status?.deployments ?? []).map(({ id, rolloutState }) => [id, rolloutState]));
  return (service.status?.deployments ?? []).flatMap((deployment): Detail[] => {
    const { id, rolloutState, rolloutStateReason, updatedAt } = deployment;
    if (rolloutState === undefined || states.get(id) === rolloutState) return [];
    const eventType = rolloutState === "FAILED" ? "ERROR" : "INFO";
    const detail = { eventType, eventName: `SERVICE_DEPLOYMENT_${rolloutState}`, deploymentId: id, updatedAt };
    return [["ECS Deployment State Change", { ...detail, reason: rolloutStateReason }]];
  });
}
