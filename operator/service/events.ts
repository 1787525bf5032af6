import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import type { ServiceEventInResource } from "#model/generated/resources.generated.ts";
import { deploymentId } from "#lib/ecs/service-deployment.ts";
import { type TrafficChange, type TrafficEvent, trafficEvents } from "../traffic/events.ts";
import { startsFail } from "./failures.ts";
import type { ServiceTask } from "./state.ts";
import { stabilityEvents, scaleEvents, type TaskSetChange, type TaskSetEvent } from "./task-set-events.ts";

/** ECS keeps as many. */
const EVENTS_MAX = 100;
/** Tasks that one event names; more make more events. */
const TASKS_PER_EVENT = 10;

const STARTED = "has started";
const STOPPED = "has stopped";
const STEADY = "has reached a steady state.";
const IMPAIRED = "is unable to consistently start tasks successfully.";
const UNHEALTHY = "failed container health checks.";
const UNABLE = "was unable to place a task";
const HELD = "was unable to scale in. Reason: The number of protected tasks are more than the desired count of tasks.";

/** An event of a service, and the reason under which Kubernetes shows it. */
export interface NewEvent extends ServiceEventInResource {
  readonly id: string;
  readonly message: string;
  readonly reason:
    | "TasksStarted"
    | "TasksStopped"
    | TrafficEvent["reason"]
    | TaskSetEvent["reason"]
    | "TaskStartImpaired"
    | "PlacementFailed"
    | "ScaleInHeld"
    | "TaskUnhealthy"
    | "DeploymentFailed"
    | "DeploymentRollback"
    | "DeploymentCompleted"
    | "ZonesUneven"
    | "ZonesEven"
    | "SteadyState";
}

export interface EventFacts {
  readonly serviceUid: string;
  readonly serviceName: string;
  /** `events[]` so far, newest first: what they say is not said again. */
  readonly before: readonly ServiceEventInResource[];
  readonly tasks: readonly ServiceTask[];
  /** What has just failed, in ECS's words, and the id of the deployment that the service returns to, if it does. */
  readonly failure?: { readonly deployment: string; readonly what: string; readonly returnsTo?: string } | undefined;
  /** Id of the deployment that has just been completed. */
  readonly completed: string | undefined;
  /** What is new of the balance over the zones, in ECS's words. */
  readonly zoneNews?: string | undefined;
  /** Id of the deployment whose protected tasks are in the way, if there are such. */
  readonly held?: string | undefined;
  /** Targets that the status named before, and those there are. */
  readonly targets?: Pick<TrafficChange, "before" | "now">;
  /** Of a service that has task sets: these before and now. Events then say which one they are about. */
  readonly taskSets?: TaskSetChange;
  /** Whether all tasks run and there is one deployment. */
  readonly steady: boolean;
}

/**
 * What has happened since the last events were written, oldest first, in ECS's words. It is found by comparing the
 * facts with what the events say, so that a restart says nothing twice; ids are made from what they tell.
 */
export function newEvents(facts: EventFacts, now: Date): NewEvent[] {
  const { serviceName, serviceUid, before } = facts;
  const events: NewEvent[] = [];
  const add: Add = (reason, text, key, ...taskSet) => {
    events.push({
      id: stableUuid(serviceUid, reason, key),
      createdAt: new Date(now.getTime() + events.length).toISOString(),
      message: `(service ${[serviceName, ...taskSet].join(", taskSet ")}) ${text}`,
      reason,
    });
  };
  const last = (): string => events.at(-1)?.id ?? before[0]?.id ?? "";

  const addAll = (found: readonly (TrafficEvent | TaskSetEvent)[]): void => {
    for (const { reason, text, key, taskSet } of found) add(reason, text, `${key} ${last()}`, ...taskSet);
  };

  if (facts.taskSets) addAll(scaleEvents(facts.taskSets));
  for (const { tasks, taskSet } of told(facts, STARTED, (task) => task.placed)) {
    add("TasksStarted", `${STARTED} ${tasks.length} tasks: ${named(tasks)}.`, tasks.join(), ...taskSet);
  }
  for (const task of untold(facts, UNHEALTHY, (each) => each.unhealthy === true)) {
    add("TaskUnhealthy", `(task ${task.id}) ${UNHEALTHY}`, task.id);
  }
  for (const { tasks, taskSet } of told(facts, STOPPED, isStopped)) {
    add("TasksStopped", `${STOPPED} ${tasks.length} running tasks: ${named(tasks)}.`, tasks.join(), ...taskSet);
  }
  addAll(ofTargets(facts));
  tellHindrances(facts, add, last);
  if (facts.zoneNews !== undefined) {
    const reason = facts.zoneNews.startsWith("is not") ? "ZonesUneven" : "ZonesEven";
    add(reason, facts.zoneNews, `${facts.zoneNews} ${last()}`);
  }
  tellDeployments(facts, add, last);
  if (facts.taskSets) addAll(stabilityEvents(facts.taskSets));
  const newest = events.at(-1)?.message ?? before[0]?.message ?? "";
  if (facts.steady && !newest.endsWith(STEADY)) add("SteadyState", STEADY, last());
  return events;
}

type Add = (reason: NewEvent["reason"], text: string, key: string, ...taskSet: readonly string[]) => void;

function tellHindrances(facts: EventFacts, add: Add, last: () => string): void {
  const { before } = facts;
  const why = newlyUnplaceable(facts);
  if (why !== undefined) {
    add(
      "PlacementFailed",
      `${UNABLE} because no container instance met all of its requirements. Reason: ${why}`,
      last(),
    );
  }
  if (isImpaired(facts)) add("TaskStartImpaired", IMPAIRED, last());
  if (facts.held !== undefined && !saidSinceSteady(before, HELD)) {
    add("ScaleInHeld", `was unable to reach steady state because task set (${facts.held}) ${HELD}`, last());
  }
}

function tellDeployments(facts: EventFacts, add: Add, last: () => string): void {
  if (facts.failure !== undefined) {
    const { deployment, what, returnsTo } = facts.failure;
    add("DeploymentFailed", `(deployment ${deployment}) deployment failed: ${what}`, `${deployment} ${last()}`);
    if (returnsTo !== undefined) add("DeploymentRollback", `rolling back to deployment ${returnsTo}.`, last());
  }
  if (facts.completed !== undefined) {
    add("DeploymentCompleted", `(deployment ${facts.completed}) deployment completed.`, `${facts.completed} ${last()}`);
  }
}

function isImpaired({ tasks, before, steady }: EventFacts): boolean {
  const steadyAt = before.find(({ message = "" }) => message.endsWith(STEADY))?.createdAt;
  return (
    !steady &&
    startsFail(tasks, steadyAt === undefined ? 0 : Date.parse(steadyAt)) &&
    !saidSinceSteady(before, IMPAIRED)
  );
}

function newlyUnplaceable({ tasks, before }: EventFacts): string | undefined {
  const why = tasks.find(({ unplaceable }) => unplaceable !== undefined)?.unplaceable;
  return saidSinceSteady(before, UNABLE) ? undefined : why;
}

const ofTargets = ({ targets, tasks, taskSets }: EventFacts): TrafficEvent[] =>
  targets === undefined ? [] : trafficEvents({ ...targets, tasks, byTaskSet: taskSets !== undefined });

const isStopped = ({ stoppedByScheduler, phase }: ServiceTask): boolean => stoppedByScheduler && phase !== "RUNNING";

interface Told {
  readonly tasks: readonly string[];
  /** Which task set they are of, where events say so. */
  readonly taskSet: readonly string[];
}

/** What each event is to name of the tasks of which none says `verb` yet. */
function told(facts: EventFacts, verb: string, applies: (task: ServiceTask) => boolean): Told[] {
  const bySet = Map.groupBy(untold(facts, verb, applies), ({ deployment }) =>
    facts.taskSets === undefined ? undefined : deployment,
  );
  return [...bySet].flatMap(([digits, tasks]) =>
    chunks(tasks.map(({ id }) => id)).map((ids) => ({
      tasks: ids,
      taskSet: digits === undefined ? [] : [deploymentId(digits)],
    })),
  );
}

/** `events[]` with the new ones, newest first, as many as ECS keeps. */
export function withNewEvents(
  before: readonly ServiceEventInResource[],
  added: readonly NewEvent[],
): ServiceEventInResource[] {
  const entries = added.map(({ id, createdAt, message }) => ({ id, message, ...(createdAt && { createdAt }) }));
  return [...entries.reverse(), ...before].slice(0, EVENTS_MAX);
}

/**
 * The tasks of which no event says `verb` yet. Once old events have been dropped, tasks older than the oldest
 * one that is left have been told of.
 */
function untold({ before, tasks }: EventFacts, verb: string, applies: (task: ServiceTask) => boolean): ServiceTask[] {
  const named = new Set(
    before.flatMap(({ message = "" }) =>
      message.includes(verb) ? [...message.matchAll(/\(task ([^)]+)\)/g)].map((match) => match[1]) : [],
    ),
  );
  const since = before.length < EVENTS_MAX ? 0 : Date.parse(before.at(-1)?.createdAt ?? "");
  return tasks.filter((task) => applies(task) && !named.has(task.id) && Date.parse(task.createdAt) >= since);
}

function saidSinceSteady(before: readonly ServiceEventInResource[], text: string): boolean {
  const steadyAt = before.findIndex(({ message = "" }) => message.endsWith(STEADY));
  const recent = steadyAt < 0 ? before : before.slice(0, steadyAt);
  return recent.some(({ message = "" }) => message.includes(text));
}

function chunks(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / TASKS_PER_EVENT);
  return Array.from({ length: count }, (_, index) => ids.slice(index * TASKS_PER_EVENT, (index + 1) * TASKS_PER_EVENT));
}

function named(ids: readonly string[]): string {
  return ids.map((id) => `(task ${id})`).join(" ");
}
