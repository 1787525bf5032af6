import type { ECSTaskStatus } from "#model/generated/resources.generated.ts";
import { defined } from "../pod/overrides.ts";
import type { ContainerRun } from "./container-run.ts";
import { type Phase, PHASES } from "./phase.ts";
import { podSeen, type TaskState } from "./state.ts";

/** In the order in which they come to pass. */
const MEMBERS = [
  "createdAt",
  "connectivityAt",
  "pullStartedAt",
  "pullStoppedAt",
  "startedAt",
  "stoppingAt",
  "executionStoppedAt",
  "stoppedAt",
] as const;

type Times = Pick<ECSTaskStatus, (typeof MEMBERS)[number]>;

/**
 * The task's timestamps, RFC 3339. Once set, each stays, and none is before an earlier one: Kubernetes tells whole
 * seconds, by clocks of several machines. Pulling begins when the Pod has its node and ends when the first container
 * starts: Kubernetes tells no more.
 */
export function timesOf(state: TaskState, runs: readonly ContainerRun[], phase: Phase, now: Date): Times {
  const before = state.task.status ?? {};
  const known = Object.fromEntries(MEMBERS.map((member) => [member, before[member]]));
  return inOrder({ ...startTimes(state, runs), ...stopTimes(runs, phase, now), ...defined(known) });
}

function inOrder(found: { readonly [Member in keyof Times]: string | undefined }): Times {
  const times: Times = {};
  let last = "";
  for (const member of MEMBERS) {
    const time = found[member];
    if (time === undefined) continue;
    last = last !== "" && byTime(time, last) < 0 ? last : time;
    times[member] = last;
  }
  return times;
}

function startTimes(state: TaskState, runs: readonly ContainerRun[]): { [Member in keyof Times]: string | undefined } {
  const pod = podSeen(state);
  const bound = pod?.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "True");
  const started = runs.flatMap(({ startedAt }) => startedAt ?? []);
  const all = started.length === runs.length && runs.length > 0;
  return {
    createdAt: earliest(
      [pod?.metadata?.creationTimestamp, state.task.metadata.creationTimestamp].flatMap((time) => time ?? []),
    ),
    pullStartedAt: bound?.lastTransitionTime,
    connectivityAt: bound?.lastTransitionTime,
    pullStoppedAt: earliest(started),
    startedAt: all ? latest(started) : undefined,
  };
}

function stopTimes(
  runs: readonly ContainerRun[],
  phase: Phase,
  now: Date,
): { [Member in keyof Times]: string | undefined } {
  if (PHASES.indexOf(phase) <= PHASES.indexOf("RUNNING")) return {};
  const ends = runs.filter(({ essential }) => essential).flatMap(({ exit }) => exit?.finishedAt ?? []);
  return {
    stoppingAt: earliest([now.toISOString(), ...ends]),
    executionStoppedAt:
      phase === "STOPPED"
        ? (latest(runs.flatMap(({ exit }) => exit?.finishedAt ?? [])) ?? now.toISOString())
        : undefined,
    stoppedAt: phase === "STOPPED" ? now.toISOString() : undefined,
  };
}

const earliest = (times: readonly string[]): string | undefined => times.toSorted(byTime)[0];
const latest = (times: readonly string[]): string | undefined => times.toSorted(byTime).at(-1);
const byTime = (a: string, b: string): number => Date.parse(a) - Date.parse(b);
