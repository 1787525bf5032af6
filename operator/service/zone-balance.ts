import { desiredCountOf } from "./desired-count.ts";
import { rolloutLimits } from "./rollout.ts";
import type { ServiceState, ServiceTask } from "./state.ts";

/** How long nothing is done about an unevenness that could not be mended. */
const HOLD_MS = 10 * 60_000;
/** For so long caches may not show yet what was begun. */
const LAG_MS = 15_000;

const UNEVEN = "is not AZ balanced with ";
const EVEN = "is AZ balanced with ";

/** Tasks that run in each zone in which a service's tasks can be, the fullest zone first. */
type Counts = readonly (readonly [zone: string, tasks: readonly ServiceTask[]])[];

/**
 * The task that is to make place for one in an emptier zone: the youngest one of the fullest zone, as long as that has
 * two more than the emptiest. One at a time, only while all tasks run, and a new one starts first.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
 */
export function toRebalance(state: ServiceState): ServiceTask | undefined {
  const counts = countsOf(state);
  if (counts === undefined || !isUneven(counts) || !canRebalance(state) || heldForMs(state) > 0) return undefined;
  const guarded = counts[0]?.[1].filter(({ protectedUntil }) => protectedUntil === undefined) ?? [];
  return guarded.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || a.id.localeCompare(b.id))[0];
}

/** Of tasks that are one too many, those whose zone has the most: one of them goes. */
export function inFullestZones(state: ServiceState): readonly ServiceTask[] {
  const counts = countsOf(state);
  const most = counts?.[0]?.[1].length ?? 0;
  if (counts === undefined || runningOf(state).length <= desiredCountOf(state.service)) return [];
  return counts.filter(([, tasks]) => tasks.length === most).flatMap(([, tasks]) => tasks);
}

/** What is to be told of the zones now, in ECS's words, unless it was the last that was told of them. */
export function zoneNews(state: ServiceState): string | undefined {
  const counts = countsOf(state);
  if (counts === undefined) return undefined;
  const last = lastTold(state);
  if (toRebalance(state) !== undefined) {
    const text = unevenText(counts);
    return last?.text === text && !isOld(state, last.at) ? undefined : text;
  }
  const mended = last?.text.startsWith(UNEVEN) === true && !isUneven(counts) && hasJustItsTasks(state);
  return mended ? evenText(counts) : undefined;
}

/** How many milliseconds until an unevenness that could not be mended is seen to again; 0 where there is none. */
export function heldForMs(state: ServiceState): number {
  const { zones, deployment, service } = state;
  const counts = countsOf(state);
  const last = lastTold(state);
  if (zones === undefined || counts === undefined || last?.text !== unevenText(counts)) return 0;
  const age = zones.asOf.getTime() - last.at;
  const underWay = (deployment?.spec?.replicas ?? 0) > desiredCountOf(service);
  return underWay || age < LAG_MS ? 0 : Math.max(0, HOLD_MS - age);
}

const isOld = ({ zones }: ServiceState, at: number): boolean => (zones?.asOf.getTime() ?? 0) - at >= HOLD_MS;

function canRebalance(state: ServiceState): boolean {
  const wanted = desiredCountOf(state.service);
  const { maxSurge } = rolloutLimits(wanted, state.service.spec.deploymentConfiguration);
  const waits = state.tasks.some(({ unplaceable }) => unplaceable !== undefined);
  return maxSurge > 0 && !waits && runningOf(state).length >= wanted;
}

function countsOf(state: ServiceState): Counts | undefined {
  const { zones } = state;
  if (zones === undefined) return undefined;
  const running = runningOf(state);
  const all = new Set([...zones.usable, ...running.flatMap(({ id }) => zones.ofTask.get(id) ?? [])]);
  if (all.size < 2) return undefined;
  return [...all]
    .map((zone) => [zone, running.filter(({ id }) => zones.ofTask.get(id) === zone)] as const)
    .sort(([a, inA], [b, inB]) => inB.length - inA.length || a.localeCompare(b));
}

function isUneven(counts: Counts): boolean {
  return (counts[0]?.[1].length ?? 0) - (counts.at(-1)?.[1].length ?? 0) > 1;
}

function hasJustItsTasks(state: ServiceState): boolean {
  const live = state.tasks.filter(({ phase }) => phase === "RUNNING" || phase === "PENDING");
  return live.length === desiredCountOf(state.service) && runningOf(state).length === live.length;
}

const runningOf = ({ tasks }: ServiceState): ServiceTask[] => tasks.filter(({ phase }) => phase === "RUNNING");

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing-event-messages-list.html */
function unevenText(counts: Counts): string {
  const [first = "", ...others] = byName(counts).map(([zone, tasks]) => `${tasks.length} in ${zone}`);
  return `${UNEVEN}${listed([first.replace(" in ", " tasks in "), ...others])}. AZ Rebalancing in progress.`;
}

function evenText(counts: Counts): string {
  return `${EVEN}${listed(byName(counts).map(([zone, tasks]) => `${tasks.length} tasks in ${zone}`))}.`;
}

const byName = (counts: Counts): Counts => counts.toSorted(([a], [b]) => a.localeCompare(b));

function listed(parts: readonly string[]): string {
  return parts.length < 3 ? parts.join(" and ") : `${parts.slice(0, -1).join(", ")}, and ${parts.at(-1)}`;
}

function lastTold({ service }: ServiceState): { readonly text: string; readonly at: number } | undefined {
  for (const { message = "", createdAt = "" } of service.status?.events ?? []) {
    const at = message.search(/is (not )?AZ balanced with /);
    if (at >= 0) return { text: message.slice(at), at: Date.parse(createdAt) };
  }
  return undefined;
}
