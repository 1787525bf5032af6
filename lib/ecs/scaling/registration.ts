import { contentHash } from "#lib/kube/apply.ts";
import type { ECSScalableTarget } from "#model/generated/resources.generated.ts";
import { ANNOTATIONS } from "../labels.ts";

/** Hash of what was registered last: with another one the capacities in force begin anew from the spec. */
export function registrationHash({ spec, metadata }: ECSScalableTarget): string {
  return contentHash([spec.minCapacity, spec.maxCapacity, metadata.annotations?.[ANNOTATIONS.registeredAt]]);
}

/** The capacities in force as the operator last said, undefined where something else has been registered since. */
export function capacitiesInForce(target: ECSScalableTarget): { min: number; max: number } | undefined {
  const { minCapacity: min, maxCapacity: max, spec } = target.status ?? {};
  if (spec !== registrationHash(target) || min === undefined || max === undefined) return undefined;
  return { min, max };
}
