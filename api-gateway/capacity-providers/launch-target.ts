import type { Cluster } from "#model/generated/types.generated.ts";
import type { Deps } from "../operation.ts";
import { type LaunchInput, type LaunchTarget, launchTarget } from "../tasks/launch.ts";
import { checkProvidersExist, ownProviders } from "./capacity-provider.ts";

/**
 * The launch type or capacity provider strategy that a call means, whose providers are there and the cluster's.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
export async function usableTarget(
  input: LaunchInput,
  { name, doc }: { readonly name: string; readonly doc: Cluster },
  deps: Pick<Deps, "queries" | "identity">,
): Promise<LaunchTarget> {
  const strategy = input.capacityProviderStrategy ?? [];
  if (strategy.length === 0 || input.launchType !== undefined) return launchTarget(input, doc);
  await checkProvidersExist(
    strategy.map((item) => item.capacityProvider),
    name,
    deps,
  );
  const capacityProviders = [...(doc.capacityProviders ?? []), ...(await ownProviders(name, deps))];
  return launchTarget(input, { ...doc, capacityProviders });
}
