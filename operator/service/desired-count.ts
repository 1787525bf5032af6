import type { ECSService } from "#model/generated/resources.generated.ts";

/** The number of tasks that a service asks for. */
export function desiredCountOf({ spec, metadata }: ECSService): number {
  return metadata.deletionTimestamp === undefined ? (spec.desiredCount ?? 1) : 0;
}
