import { executeCommandProblem, unsupportedClusterMembers } from "#lib/ecs/supported-cluster.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type {
  CapacityProviderStrategyItem,
  ClusterConfiguration,
  ClusterSetting,
} from "#model/generated/types.generated.ts";
import { checkStrategy } from "../tasks/launch.ts";

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html */
const MAX_PROVIDERS = 20;
const INSIGHTS: ReadonlySet<string> = new Set(["disabled", "enabled", "enhanced"]);

/**
 * Checks a cluster's capacity providers and its default strategy, which may use those only.
 * @param own those that belong to this cluster alone.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
export function checkCapacityProviders(
  providers: readonly string[],
  strategy: readonly CapacityProviderStrategyItem[],
  own: readonly string[] = [],
): void {
  if (new Set(providers).size < providers.length) {
    throw invalidParameter("The specified capacity providers cannot contain duplicates.");
  }
  if (providers.length > MAX_PROVIDERS) {
    throw invalidParameter("The maximum number of capacity providers per cluster has been exceeded.");
  }
  if (strategy.length > 0) checkStrategy(strategy, [...providers, ...own]);
}

/**
 * Checks the values that the model leaves open.
 * @throws EcsError `InvalidParameterException`.
 */
export function checkSettings(settings: readonly ClusterSetting[] = []): void {
  for (const { name, value } of settings) {
    if (name === undefined) throw invalidParameter("A setting must have a name.");
    if (value === undefined || !INSIGHTS.has(value)) {
      throw invalidParameter(`Invalid value for setting ${name}. Valid values are: ${[...INSIGHTS].join(", ")}.`);
    }
  }
}

/**
 * Checks a cluster's configuration.
 * @throws EcsError `InvalidParameterException`, or `UnsupportedFeatureException` naming what has no effect here.
 */
export function checkConfiguration(configuration: ClusterConfiguration | undefined): void {
  const unsupported = unsupportedClusterMembers({ ...(configuration && { configuration }) });
  if (unsupported.length > 0) throw unsupportedFeature(describeUnsupported(unsupported));
  const problem = executeCommandProblem(configuration);
  if (problem !== undefined) throw invalidParameter(problem);
}

/** `settings` with those of `changes`, of one name the latter. */
export function mergedSettings(
  settings: readonly ClusterSetting[] = [],
  changes: readonly ClusterSetting[] = [],
): ClusterSetting[] {
  return [...new Map([...settings, ...changes].map((setting) => [setting.name, setting])).values()];
}
