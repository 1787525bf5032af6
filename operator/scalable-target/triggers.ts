import { keyOf, refOf } from "#lib/kube/resources.ts";
import { type Deps, INDEX } from "../deps.ts";

/** Wakes scalable targets when they, their services or their autoscalers change. */
export function wakeScalableTargets({ informers }: Pick<Deps, "informers">, enqueue: (key: string) => void): void {
  const { scalableTargets, services, autoscalers } = informers;
  const wakeOf = (serviceKey: string): void => {
    for (const target of scalableTargets.byIndex(INDEX.service, serviceKey)) enqueue(keyOf(refOf(target)));
  };
  scalableTargets.onChange(({ key, before, after }) => {
    const same = before && after && before.metadata.generation === after.metadata.generation;
    const annotations = JSON.stringify(before?.metadata.annotations) === JSON.stringify(after?.metadata.annotations);
    if (!same || !annotations) enqueue(key);
    const target = after ?? before;
    if (target && !(before && after))
      wakeOf(keyOf({ namespace: target.metadata.namespace, name: target.spec.service }));
  });
  services.onChange(({ key, before, after }) => {
    const same = before && after && before.metadata.generation === after.metadata.generation;
    if (!same) wakeOf(key);
  });
  // It has the scalable target's name.
  autoscalers.onChange(({ key }) => enqueue(key));
}
