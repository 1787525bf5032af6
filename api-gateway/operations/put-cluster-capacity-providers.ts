import { EcsError } from "#lib/errors.ts";
import { checkProvidersExist, ownProviders } from "../capacity-providers/capacity-provider.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { checkCapacityProviders } from "../clusters/cluster-checks.ts";
import { updateClusterSpec } from "../clusters/update-cluster-spec.ts";
import type { Deps, Handler } from "../operation.ts";

/**
 * Replaces a cluster's capacity providers and its default strategy. One that a service or task of the cluster uses stays.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html
 */
export const putClusterCapacityProviders: Handler<"PutClusterCapacityProviders"> = async (input, deps, call) => {
  const { capacityProviders, defaultCapacityProviderStrategy } = input;
  const { name, doc } = await requireCluster(deps, input.cluster);
  await checkProvidersExist(capacityProviders, name, deps);
  const own = await ownProviders(name, deps);
  checkCapacityProviders(capacityProviders, defaultCapacityProviderStrategy, own);
  const kept = new Set([...capacityProviders, ...own]);
  await checkUnused(
    (doc.capacityProviders ?? []).filter((each) => !kept.has(each)),
    name,
    deps,
  );
  const cluster = await updateClusterSpec(
    deps,
    input.cluster,
    (spec) => ({ ...spec, capacityProviders, defaultCapacityProviderStrategy }),
    call,
  );
  return { cluster };
};

async function checkUnused(removed: readonly string[], cluster: string, { queries }: Deps): Promise<void> {
  const used = await Promise.all(removed.map((name) => queries.isCapacityProviderInUse(cluster, name)));
  if (!used.includes(true)) return;
  throw new EcsError("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.");
}
