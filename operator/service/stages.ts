import { isOpen, isStaged, type Lifecycle, nextWeight, type Stage, stepBakeMinutes } from "#lib/ecs/lifecycle.ts";
import type { Completed, Rollout } from "#lib/ecs/rollout.ts";
import type { DeploymentConfiguration } from "#model/generated/types.generated.ts";
import { failedHook, type HookFacts, hooksDueAt, hooksOf, settled } from "./hooks.ts";

/** What decides how far a service deployment has come. */
export interface StageFacts extends HookFacts {
  readonly configuration: DeploymentConfiguration;
  /** Whether all tasks of the new service revision run, and are healthy. */
  readonly scaledUp: boolean;
  /** Whether no task is left of service revisions but the one that ran before and the new one. */
  readonly reconciled: boolean;
  /** For how many milliseconds alarms are watched after the shift. */
  readonly alarmBakeMs: number;
}

const MINUTE_MS = 60_000;
/** ECS gives up a stage after a day. */
const STAGE_MAX_MS = 1440 * MINUTE_MS;
/** Stages that last as long as Kubernetes needs. */
const UNBOUNDED: ReadonlySet<Stage> = new Set(["RECONCILE_SERVICE", "SCALE_UP"]);

/** The stage that follows; a shift of production traffic by steps goes back to the hooks before it. */
const NEXT: Readonly<Record<Stage, Stage>> = {
  RECONCILE_SERVICE: "PRE_SCALE_UP",
  PRE_SCALE_UP: "SCALE_UP",
  SCALE_UP: "POST_SCALE_UP",
  POST_SCALE_UP: "TEST_TRAFFIC_SHIFT",
  TEST_TRAFFIC_SHIFT: "POST_TEST_TRAFFIC_SHIFT",
  POST_TEST_TRAFFIC_SHIFT: "PRE_PRODUCTION_TRAFFIC_SHIFT",
  PRE_PRODUCTION_TRAFFIC_SHIFT: "PRODUCTION_TRAFFIC_SHIFT",
  PRODUCTION_TRAFFIC_SHIFT: "POST_PRODUCTION_TRAFFIC_SHIFT",
  POST_PRODUCTION_TRAFFIC_SHIFT: "BAKE_TIME",
  BAKE_TIME: "CLEAN_UP",
  CLEAN_UP: "CLEAN_UP",
};

/** How a service deployment begins. */
export interface Beginning {
  readonly deployment: string;
  /** Digits of the new ECS deployment. */
  readonly digits: string;
  readonly configuration: DeploymentConfiguration;
  /** What has the traffic, if there is something; without a service revision where none was ever complete. */
  readonly source: (Pick<Completed, "deployment"> & Partial<Completed>) | undefined;
  /** Whether tasks of yet other service revisions run. */
  readonly crowded: boolean;
  readonly now: Date;
}

/**
 * How a service deployment begins whose strategy shifts traffic; undefined for ROLLING. Without a service revision before
 * it there is nothing to shift from, so all traffic is the new one's; one that is deployed anew has it already.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
 */
export function firstStage({ configuration, ...beginning }: Beginning): Lifecycle | undefined {
  const { strategy } = configuration;
  if (!isStaged(strategy)) return undefined;
  const { deployment, digits, source, crowded, now } = beginning;
  const since = now.toISOString();
  if (source?.deployment === digits) return { strategy, stage: "CLEAN_UP", since, production: 100, test: 100 };
  const stage = stageAfter(source, crowded);
  const weight = source === undefined ? 100 : 0;
  const hooks = hooksOf({ deployment, stage, weight }, configuration, now);
  return {
    strategy,
    stage,
    since,
    ...(source !== undefined && { source: source.deployment }),
    production: weight,
    test: weight,
    ...(hooks.length > 0 && { hooks }),
  };
}

/** What runs and was never complete cannot be kept to itself: then the new tasks start at once, beside it. */
function stageAfter(source: Beginning["source"], crowded: boolean): Stage {
  if (source === undefined) return "PRE_SCALE_UP";
  if (source.revision === undefined) return "SCALE_UP";
  return crowded ? "RECONCILE_SERVICE" : "PRE_SCALE_UP";
}

/**
 * The service deployment one look later: its hooks with what has become of them and, once they are done and the stage
 * has come to its end, in the next stage. What a stage asks for is done after it has been written down, so a restart at
 * any moment goes on from there.
 */
export function advanced(rollout: Rollout, facts: StageFacts): Rollout {
  const { lifecycle } = rollout;
  if (lifecycle === undefined) return rollout;
  const hooks = settled(lifecycle.hooks ?? [], facts);
  const looked = { ...lifecycle, ...(lifecycle.hooks && { hooks }) };
  if (rollout.status === "ROLLBACK_IN_PROGRESS") return { ...rollout, lifecycle: returned(looked, facts) };
  if (rollout.status !== "IN_PROGRESS") return rollout;
  const waits = hooks.some(isOpen) || failedHook(looked) !== undefined || !isDone(looked, facts);
  return { ...rollout, lifecycle: waits ? looked : entered(rollout.id, looked, facts) };
}

function isDone(lifecycle: Lifecycle, facts: StageFacts): boolean {
  switch (lifecycle.stage) {
    case "RECONCILE_SERVICE":
      return facts.reconciled;
    case "SCALE_UP":
      return facts.scaledUp;
    case "CLEAN_UP":
      return false;
    default:
      return facts.now.getTime() >= bakedAt(lifecycle, facts);
  }
}

/** When a stage that lasts for a time is over: epoch milliseconds, of others when it began. */
function bakedAt(
  { stage, since, strategy, production }: Lifecycle,
  { configuration, alarmBakeMs }: Pick<StageFacts, "configuration" | "alarmBakeMs">,
): number {
  const began = Date.parse(since);
  if (stage === "BAKE_TIME") {
    return began + Math.max(alarmBakeMs, (configuration.bakeTimeInMinutes ?? 0) * MINUTE_MS);
  }
  const isStep = stage === "PRODUCTION_TRAFFIC_SHIFT" && production < 100;
  return isStep ? began + stepBakeMinutes(strategy, configuration) * MINUTE_MS : began;
}

function entered(deployment: string, before: Lifecycle, { configuration, now }: StageFacts): Lifecycle {
  const { hooks: _hooks, ...others } = before;
  const isStep = before.stage === "PRODUCTION_TRAFFIC_SHIFT" && before.production < 100;
  const stage = isStep ? "PRE_PRODUCTION_TRAFFIC_SHIFT" : NEXT[before.stage];
  const production =
    stage === "PRODUCTION_TRAFFIC_SHIFT"
      ? nextWeight(before.strategy, configuration, before.production)
      : before.production;
  const test = stage === "TEST_TRAFFIC_SHIFT" ? 100 : before.test;
  const hooks = hooksOf({ deployment, stage, weight: production }, configuration, now);
  const since = now.toISOString();
  return { ...others, stage, since, production, test, ...(hooks.length > 0 && { hooks }) };
}

/**
 * The traffic back where it was, at once. ECS runs the hooks of the shifts that are taken back; whatever they say, the
 * service returns.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html lifecycle hooks during rollback
 */
export function takenBack(
  deployment: string,
  { hooks: _hooks, ...before }: Lifecycle,
  configuration: DeploymentConfiguration,
  now: Date,
): Lifecycle {
  const shifts = [
    ...(before.production > 0 ? (["PRODUCTION_TRAFFIC_SHIFT"] as const) : []),
    ...(before.test > 0 ? (["TEST_TRAFFIC_SHIFT"] as const) : []),
  ];
  const hooks = shifts.flatMap((stage) =>
    hooksOf({ deployment, stage, weight: 0, rollback: true }, configuration, now),
  );
  const [first] = hooks.length > 0 ? shifts : [];
  const stage = first ?? "CLEAN_UP";
  const since = now.toISOString();
  return { ...before, stage, since, production: 0, test: 0, ...(hooks.length > 0 && { hooks }) };
}

function returned(lifecycle: Lifecycle, { now }: StageFacts): Lifecycle {
  const over = lifecycle.stage === "CLEAN_UP" || lifecycle.hooks?.some(isOpen) === true;
  return over ? lifecycle : { ...lifecycle, stage: "CLEAN_UP", since: now.toISOString() };
}

/** Whether a stage has lasted for longer than any may. */
export function isOverdue({ stage, since }: Lifecycle, now: Date): boolean {
  return UNBOUNDED.has(stage) && now.getTime() - Date.parse(since) >= STAGE_MAX_MS;
}

/** After how many milliseconds time alone changes how far it is; Infinity where it does not. */
export function stageDueInMs(
  { status, lifecycle }: Rollout,
  facts: Pick<StageFacts, "configuration" | "alarmBakeMs" | "now">,
): number {
  if (lifecycle === undefined || (status !== "IN_PROGRESS" && status !== "ROLLBACK_IN_PROGRESS")) return Infinity;
  const now = facts.now.getTime();
  const stageAt = UNBOUNDED.has(lifecycle.stage)
    ? Date.parse(lifecycle.since) + STAGE_MAX_MS
    : bakedAt(lifecycle, facts);
  // What is past has been seen to, or waits for an answer.
  return Math.min(...[...hooksDueAt(lifecycle), stageAt].filter((at) => at > now).map((at) => at - now));
}
