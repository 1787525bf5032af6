import { isRestartedByKubernetes } from "#lib/ecs/shell-wrapper.ts";
import { type EarlyContainer, type StartOrder, startOrder } from "../pod/order.ts";
import type { NamedContainer } from "../pod/input.ts";
import { podContainerName } from "../pod/names.ts";
import type { EffectiveDefinition } from "../pod/overrides.ts";
import type { Pod } from "#lib/kube/resources.ts";

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];
type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

/** What `restartAttemptPeriod` is unless given. */
const DEFAULT_RESTART_PERIOD_SECONDS = 300;

/** One container of a task as its Pod shows it. */
export interface ContainerRun {
  readonly container: NamedContainer;
  readonly essential: boolean;
  /** Others wait for it. */
  readonly awaited: boolean;
  /** What others wait for. */
  readonly until?: EarlyContainer["until"];
  readonly status?: ContainerStatus;
  /** It runs at this moment. */
  readonly running: boolean;
  /** RFC 3339; when it first ran, as far as that is still known. */
  readonly startedAt?: string;
  /** How it ended the first time: Kubernetes may have started it again in place since. Not an end after which it goes on. */
  readonly exit?: Terminated;
  /** Why it has not started yet. */
  readonly waiting?: { readonly reason: string; readonly message: string };
}

type Course = Pick<ContainerRun, "running" | "startedAt" | "exit" | "waiting">;

/** Exit reasons that stand for a container that never ran: the runtime could not start it. */
const NOT_STARTED: ReadonlySet<string> = new Set(["StartError", "ContainerCannotRun", "ContainerStatusUnknown"]);

/** The containers of a task in the order of its task definition. */
export function containerRuns(definition: EffectiveDefinition, pod: Pod | undefined): ContainerRun[] {
  const statuses = new Map(
    [...(pod?.status?.initContainerStatuses ?? []), ...(pod?.status?.containerStatuses ?? [])].map(
      (status) => [status.name, status] as const,
    ),
  );
  const order = startOrder(definition.containerDefinitions);
  return definition.containerDefinitions.map((container) => {
    const run = runOf(container, order, statuses.get(podContainerName(container.name)));
    return goesOn(run, pod) ? afterRestart(run) : run;
  });
}

/** True where the container ended without ever having run. */
export function couldNotStart({ exit }: ContainerRun): boolean {
  return exit !== undefined && !hasRun(exit);
}

/** True where the container's end says that the task cannot go on. */
export function endsTask(run: ContainerRun): boolean {
  if (run.exit === undefined) return false;
  if (run.until === "complete") return false;
  return run.until === "finish" ? run.exit.exitCode !== 0 : run.essential;
}

function runOf(container: NamedContainer, order: StartOrder, status: ContainerStatus | undefined): ContainerRun {
  const early = order.early.find((entry) => entry.container === container);
  const run = {
    container,
    essential: container.essential !== false,
    awaited: early !== undefined,
    ...(early && { until: early.until }),
  };
  if (status === undefined) return { ...run, running: false };
  const course = courseOf(status, isRestartedByKubernetes(container));
  return { ...run, status, ...course, ...(run.until === "complete" && trueExit(course)) };
}

/** True for an end with which Kubernetes starts the container again, and ECS would, too. */
function goesOn({ container, exit }: ContainerRun, pod: Pod | undefined): boolean {
  if (exit === undefined || !isRestartedByKubernetes(container) || !hasRun(exit) || isEnding(pod)) return false;
  const { ignoredExitCodes, restartAttemptPeriod = DEFAULT_RESTART_PERIOD_SECONDS } = container.restartPolicy ?? {};
  return secondsOf(exit) >= restartAttemptPeriod && ignoredExitCodes?.includes(exit.exitCode) !== true;
}

function isEnding(pod: Pod | undefined): boolean {
  const { phase = "" } = pod?.status ?? {};
  return pod?.metadata?.deletionTimestamp !== undefined || phase === "Failed" || phase === "Succeeded";
}

/** How long it ran. */
function secondsOf({ startedAt = "", finishedAt = "" }: Terminated): number {
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
}

/** It counts as running until it does again. */
function afterRestart({ exit: _exit, waiting: _waiting, ...run }: ContainerRun): ContainerRun {
  return { ...run, running: true };
}

/** A container whose exit code is forgiven ends with 0 and leaves its own as its last word. */
function trueExit({ exit }: Course): Pick<Course, "exit"> {
  const { exitCode, message = "" } = exit ?? {};
  return exit && exitCode === 0 && /^\d{1,3}$/.test(message) ? { exit: { ...exit, exitCode: Number(message) } } : {};
}

/** @param again it is started again on purpose: then its last end counts, else its first */
function courseOf({ state = {}, lastState }: ContainerStatus, again: boolean): Course {
  const { running, waiting } = state;
  const [first, last] = [lastState?.terminated, state.terminated];
  const exit = again ? (last ?? first) : (first ?? last);
  const startedAt = startOf(exit, running?.startedAt);
  return {
    running: running !== undefined,
    ...(startedAt !== undefined && { startedAt }),
    ...(exit && { exit }),
    ...(waiting && { waiting: { reason: waiting.reason ?? "", message: waiting.message ?? "" } }),
  };
}

function startOf(exit: Terminated | undefined, running: string | undefined): string | undefined {
  if (exit === undefined) return running;
  return hasRun(exit) ? exit.startedAt : undefined;
}

const hasRun = ({ reason = "" }: Terminated): boolean => !NOT_STARTED.has(reason);
