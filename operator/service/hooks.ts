import { createHash } from "node:crypto";

import { isOpen, type Lifecycle, type LifecycleHook, type Stage } from "#lib/ecs/lifecycle.ts";
import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import type { DeploymentConfiguration, DeploymentLifecycleHook } from "#model/generated/types.generated.ts";
import type { HookAnswer } from "../hook/answer.ts";

/** What is known of hooks besides their own state. */
export interface HookFacts {
  /** By {@link callKey}. */
  readonly answers: ReadonlyMap<string, HookAnswer>;
  /** What ContinueServiceDeployment said, by hook id. */
  readonly actions: Readonly<Record<string, "CONTINUE" | "ROLLBACK">>;
  readonly now: Date;
}

/** What a hook is of: the same occasion gives the same ids, so that no restart makes another hook of it. */
export interface HookOccasion {
  /** Id of the service deployment. */
  readonly deployment: string;
  readonly stage: Stage;
  /** Percentage of production traffic, which tells the steps of a shift from each other. */
  readonly weight: number;
  readonly rollback?: boolean;
}

const TIMEOUT_MINUTES = 1440;
/** How long ECS waits before it calls a hook again that is in progress. */
const CALLBACK_SECONDS = 30;
/** No shorter than a call a second, no longer than a hook may last at all. */
const CALLBACK_BOUNDS = { least: 1, most: 86_400 } as const;

/**
 * The hooks that a service has for a stage, as they begin.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
 */
export function hooksOf(
  occasion: HookOccasion,
  { lifecycleHooks = [] }: DeploymentConfiguration,
  now: Date,
): LifecycleHook[] {
  return lifecycleHooks.flatMap((hook, index) =>
    hook.lifecycleStages?.some((each) => each === occasion.stage) === true ? [begun(occasion, hook, index, now)] : [],
  );
}

function begun(occasion: HookOccasion, hook: DeploymentLifecycleHook, index: number, now: Date): LifecycleHook {
  const { targetType = "AWS_LAMBDA", hookTargetArn, hookDetails, timeoutConfiguration = {} } = hook;
  const { timeoutInMinutes = TIMEOUT_MINUTES, action = "ROLLBACK" } = timeoutConfiguration;
  const { deployment, stage, weight, rollback = false } = occasion;
  const facts = [deployment, stage, String(weight), String(index), String(rollback)];
  const startedAt = now.toISOString();
  const members = {
    stage,
    startedAt,
    expiresAt: new Date(now.getTime() + timeoutInMinutes * 60_000).toISOString(),
    timeoutAction: action,
    calls: 0,
  };
  if (targetType === "PAUSE") {
    const digest = createHash("sha256").update(facts.join("\n")).digest("base64url");
    return { id: `ecs-pause-${digest}`, targetType, status: "AWAITING_ACTION", ...members };
  }
  return {
    id: stableUuid(...facts),
    targetType,
    ...(hookTargetArn !== undefined && { targetArn: hookTargetArn }),
    status: "IN_PROGRESS",
    ...members,
    nextCallAt: startedAt,
    ...(hookDetails !== undefined && { details: hookDetails }),
  };
}

/** Tells one call of a hook's target from the next. */
export function callKey({ id, calls }: LifecycleHook): string {
  return `${id} ${calls}`;
}

/** The hooks with what has become of them. */
export function settled(hooks: readonly LifecycleHook[], facts: HookFacts): LifecycleHook[] {
  return hooks.map((hook) => (isOpen(hook) ? settledOne(hook, facts) : hook));
}

function settledOne(hook: LifecycleHook, { answers, actions, now }: HookFacts): LifecycleHook {
  const action = hook.targetType === "PAUSE" ? actions[hook.id] : undefined;
  if (action === "CONTINUE") return ended(hook, "SUCCEEDED");
  if (action === "ROLLBACK") return ended(hook, "FAILED", "it was told to roll back");
  const answer = answers.get(callKey(hook));
  if (answer?.hookStatus === "SUCCEEDED") return ended(hook, "SUCCEEDED");
  if (answer?.hookStatus === "FAILED") return ended(hook, "FAILED", answer.reason);
  if (now.getTime() >= Date.parse(hook.expiresAt)) return ended(hook, "TIMED_OUT", "it was not done in time");
  return answer === undefined ? hook : calledAgain(hook, answer, now);
}

function ended(hook: LifecycleHook, status: LifecycleHook["status"], reason?: string): LifecycleHook {
  const { nextCallAt: _nextCallAt, ...others } = hook;
  return { ...others, status, ...(reason !== undefined && { reason }) };
}

function calledAgain(hook: LifecycleHook, answer: HookAnswer, now: Date): LifecycleHook {
  const { least, most } = CALLBACK_BOUNDS;
  const seconds = Math.min(most, Math.max(least, answer.callBackDelay ?? CALLBACK_SECONDS));
  const details = mergedDetails(hook.details, answer.hookDetails);
  return {
    ...hook,
    calls: hook.calls + 1,
    nextCallAt: new Date(now.getTime() + seconds * 1000).toISOString(),
    ...(details !== undefined && { details }),
  };
}

/** ECS merges what a call returns into what the next one is given. */
function mergedDetails(before: unknown, added: HookAnswer["hookDetails"]): unknown {
  if (added === undefined) return before;
  return typeof before === "object" && before !== null && !Array.isArray(before) ? { ...before, ...added } : added;
}

/** A hook because of which the deployment is to roll back. */
export function failedHook(lifecycle: Lifecycle | undefined): LifecycleHook | undefined {
  return lifecycle?.hooks?.find(
    ({ status, timeoutAction }) => status === "FAILED" || (status === "TIMED_OUT" && timeoutAction === "ROLLBACK"),
  );
}

/** When hooks are to be looked at again because of the time alone: epoch milliseconds. */
export function hooksDueAt({ hooks = [] }: Lifecycle): number[] {
  return hooks.filter(isOpen).flatMap((hook) => [Date.parse(hook.expiresAt), callDueAt(hook)]);
}

/** When its target is to be called: epoch milliseconds; Infinity where it is not. */
export function callDueAt(hook: LifecycleHook): number {
  const called = hook.targetType === "AWS_LAMBDA" && hook.status === "IN_PROGRESS";
  return called ? Date.parse(hook.nextCallAt ?? hook.startedAt) : Infinity;
}
