import { labelValue } from "./labels.ts";

/** ConfigMap in the operator's namespace that keeps each family's highest revision number once its resource is gone. */
export const REVISIONS_CONFIG_MAP = "kecs-task-definition-revisions";

/** A family's key in the ConfigMap's data: itself, or shortened with a hash where keys cannot be that long. */
export function revisionKey(family: string): string {
  return family.length <= 253 ? family : labelValue(family);
}

/** The number that the ConfigMap's data has for a family; 0 where it has none. */
export function recordedRevision(data: Readonly<Record<string, string>> | undefined, family: string): number {
  const revision = Number(data?.[revisionKey(family)] ?? 0);
  return Number.isSafeInteger(revision) && revision > 0 ? revision : 0;
}
