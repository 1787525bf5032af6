import { LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";

/**
 * Labels by which a service's Deployment finds its Pods. They can never change, so they name the resource, not the
 * ECS service or cluster.
 */
export function selectorOf(service: ECSService): Record<string, string> {
  return { [LABELS.managedBy]: MANAGED_BY, [LABELS.serviceObject]: labelValue(service.metadata.name ?? "") };
}

/** Labels to select by, as text. */
export function selectorText(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
}
