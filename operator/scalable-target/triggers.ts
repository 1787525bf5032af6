import { stepScalingPolicies } from "#lib/ecs/scaling/policies.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSScalableTarget } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";

/** Wakes scalable targets when they, their services, their autoscalers or the alarms of their policies change. */
export function wakeScalableTargets({ informers }: Pick<Deps, "informers">, enqueue: (key: string) => void): void {
  const { scalableTargets, services, autoscalers, alarms } = informers;
  const wakeOf = (serviceKey: string): void => {
    for (const target of scalableTargets.byIndex(INDEX.service, serviceKey)) enqueue(keyOf(refOf(target)));
  };
  scalableTargets.onChange(({ key, before, after }) => {
    if (!before || !after || asksForMore(before, after)) enqueue(key);
    const target = after ?? before;
    if (target && !(before && after))
      wakeOf(keyOf({ namespace: target.metadata.namespace, name: target.spec.service }));
  });
  services.onChange(({ key, before, after }) => {
    const same = before && after && before.metadata.generation === after.metadata.generation;
    if (!same) wakeOf(key);
  });
  alarms.onChange(({ before, after }) => {
    if (!before?.spec.alarmActions?.length && !after?.spec.alarmActions?.length) return;
    for (const target of scalableTargets.list()) {
      if (stepScalingPolicies(target.spec.policies).length > 0) enqueue(keyOf(refOf(target)));
    }
  });
  // It has the scalable target's name.
  autoscalers.onChange(({ key }) => enqueue(key));
}

/** Its own status is nothing to look at, but for a step that is to be made. */
function asksForMore(before: ECSScalableTarget, after: ECSScalableTarget): boolean {
  const [was, is] = [before.metadata, after.metadata];
  return (
    was.generation !== is.generation ||
    JSON.stringify(was.annotations) !== JSON.stringify(is.annotations) ||
    (after.status?.pendingStep !== undefined && before.status?.pendingStep === undefined)
  );
}
