import { isOpen, type LifecycleHook } from "#lib/ecs/lifecycle.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import type { HookCaller } from "../hook/caller.ts";
import { hookEvent } from "../hook/event.ts";
import { hookTargets, hookUrl } from "../hook/targets.ts";
import { callDueAt, callKey } from "./hooks.ts";
import type { Problem } from "./problem.ts";
import type { ServiceState } from "./state.ts";
import { isStaged } from "#lib/ecs/lifecycle.ts";

/** Begins the calls of hooks that are due, after what their stage asks for has been done. */
export function callHooks(
  { service, rollout, clusterName, serviceName }: ServiceState,
  caller: HookCaller,
  deps: Pick<Deps, "config" | "identity" | "now">,
): void {
  const key = keyOf(refOf(service));
  const hooks = openHooks(rollout);
  caller.keep(key, new Set(hooks.map(callKey)));
  const due = hooks.filter((hook) => callDueAt(hook) <= deps.now().getTime());
  if (rollout?.lifecycle === undefined || due.length === 0) return;
  const targets = hookTargets(deps.config);
  const subject = { clusterName, serviceName, rollout: { ...rollout, lifecycle: rollout.lifecycle } };
  for (const hook of due) {
    const url = hookUrl(hook.targetArn ?? "", targets);
    if (url === undefined) continue; // the service says so, until it is configured or the hook times out
    caller.call({ key: callKey(hook), service: key, url, event: hookEvent(subject, hook, deps.identity) });
  }
}

function openHooks(rollout: ServiceState["rollout"]): LifecycleHook[] {
  const isUnderWay = rollout?.status === "IN_PROGRESS" || rollout?.status === "ROLLBACK_IN_PROGRESS";
  return isUnderWay ? (rollout.lifecycle?.hooks ?? []).filter(isOpen) : [];
}

/** A Lambda function of which the installation does not say what to call for it. */
export function hookProblem({ spec }: ECSService, { config }: Pick<Deps, "config">): Problem | undefined {
  const { strategy, lifecycleHooks = [] } = spec.deploymentConfiguration ?? {};
  if (!isStaged(strategy)) return undefined;
  const arns = lifecycleHooks.flatMap(({ targetType = "AWS_LAMBDA", hookTargetArn }) =>
    targetType === "AWS_LAMBDA" && hookTargetArn !== undefined ? [hookTargetArn] : [],
  );
  if (arns.length === 0) return undefined;
  const targets = hookTargets(config);
  const unknown = arns.find((arn) => hookUrl(arn, targets) === undefined);
  if (unknown === undefined) return undefined;
  const message = `Nothing is configured to be called for the lifecycle hook ${unknown}: add the function to the operator's KECS_HOOK_TARGETS, or give an http(s) URL as hookTargetArn.`;
  return { reason: "HookTargetUnknown", message };
}
