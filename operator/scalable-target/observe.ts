import { scalingProblems } from "#lib/ecs/scaling/rules.ts";
import { alarmNameOf } from "#lib/ecs/alarm.ts";
import { policyReference, stepScalingPolicies } from "#lib/ecs/scaling/policies.ts";
import { policyArn } from "#lib/ecs/describe/scalable-target.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { isControlledBy } from "#lib/kube/owners.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSScalableTarget, ECSService } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { clusterNameOfObject } from "../service/observe.ts";
import type { Problem } from "../service/problem.ts";
import type { ScalableTargetState } from "./state.ts";

/** Everything about one scalable target, from the caches. */
export function observeScalableTarget(
  target: ECSScalableTarget,
  deps: Pick<Deps, "informers" | "identity">,
): ScalableTargetState {
  const { informers } = deps;
  const { namespace = "", name = "" } = target.metadata;
  const service = informers.services.get(namespace, target.spec.service);
  const made = informers.autoscalers.get(namespace, name);
  const problem = problemOf(target, service, informers);
  const serviceName = service ? serviceNameOf(service) : target.spec.service;
  const clusterName = service ? clusterNameOfObject(service, deps) : "";
  return {
    target,
    serviceName,
    clusterName,
    alarms: alarmsOf(target, `service/${clusterName}/${serviceName}`, deps),
    ...(service && { service }),
    ...(made && isControlledBy(made, target) && { autoscaler: made }),
    ...(problem && { problem }),
  };
}

/** Those whose `alarmActions` name a step scaling policy, by its ARN or by the end of that. */
function alarmsOf(
  target: ECSScalableTarget,
  resourceId: string,
  { informers, identity }: Pick<Deps, "informers" | "identity">,
): NonNullable<ScalableTargetState["alarms"]> {
  return stepScalingPolicies(target.spec.policies).flatMap(({ policyName }) => {
    const reference = policyReference(resourceId, policyName);
    const names = [reference, policyArn(target, policyName, resourceId, identity)];
    return informers.alarms
      .byIndex(INDEX.alarmAction, reference)
      .filter(({ spec }) => spec.alarmActions?.some((action) => names.includes(action)))
      .sort((a, b) => alarmNameOf(a).localeCompare(alarmNameOf(b)))
      .map((alarm) => ({ policyName, alarm }));
  });
}

function problemOf(
  target: ECSScalableTarget,
  service: ECSService | undefined,
  { scalableTargets }: Deps["informers"],
): Problem | undefined {
  const { namespace = "" } = target.metadata;
  const { service: name } = target.spec;
  const problems = scalingProblems(target.spec);
  if (problems.length > 0) return { reason: "InvalidScaling", message: problems.join(" ") };
  const rivals = scalableTargets.byIndex(INDEX.service, `${namespace}/${name}`);
  const [elder] = rivals.sort((a, b) => age(a).localeCompare(age(b)));
  if (elder && elder.metadata.uid !== target.metadata.uid) {
    const message = `The service ${name} is scaled by ${keyOf(refOf(elder))} already. Delete one of the two.`;
    return { reason: "NameConflict", message };
  }
  if (service === undefined || isDeleting(service)) {
    return { reason: "ServiceNotFound", message: `There is no ECSService ${name} in this namespace yet.` };
  }
  if (service.spec.schedulingStrategy === "DAEMON") {
    return { reason: "Unsupported", message: `The service ${name} has one task a node: it has no desired count.` };
  }
  return undefined;
}

function age({ metadata }: ECSScalableTarget): string {
  return `${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;
}
