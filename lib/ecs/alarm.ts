import type { ECSAlarm } from "#model/generated/resources.generated.ts";

/** The name by which services give an alarm. */
export function alarmNameOf({ spec, metadata }: ECSAlarm): string {
  return spec.alarmName ?? metadata.name ?? "";
}
