import { targetGroupServiceName, testServiceName } from "#lib/ecs/traffic/names.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";

/**
 * What several services may stand behind together: `<namespace>/<Service>` of each target group, and the ARN of each
 * registry, wherever its services live.
 */
export function sharedNames({ metadata, spec }: ECSService): string[] {
  return [
    ...servicesOfGroups(spec).map((name) => `${metadata.namespace ?? ""}/${name}`),
    ...(spec.serviceRegistries ?? []).flatMap(({ registryArn }) => registryArn ?? []),
  ];
}

/** Names of the Services of a service's target groups, alternate ones included. */
export function servicesOfGroups({ loadBalancers = [] }: Pick<ECSService["spec"], "loadBalancers">): string[] {
  return loadBalancers.flatMap((each) => [targetGroupServiceName(each), testServiceName(each) ?? []].flat());
}
