import { capacityProviderArn, capacityProviderNameOf } from "#lib/ecs/arns.ts";
import { isFargateProvider } from "#lib/ecs/capacity.ts";
import { describeFargateProvider } from "#lib/ecs/describe/capacity-provider.ts";
import type { CapacityProvider } from "#model/generated/types.generated.ts";
import type { Page } from "#projector/queries.ts";
import { FARGATE_PROVIDERS, withTags } from "../capacity-providers/capacity-provider.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { pageOf } from "../common/page.ts";
import type { Deps, Handler } from "../operation.ts";

const PAGE_SIZE = 10;
/** More than a cluster can have. */
const ALL = 1_000_000;

/**
 * Describes capacity providers by name or ARN, also INACTIVE ones; without names page by page all that are ACTIVE, or
 * those that a cluster has.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeCapacityProviders.html
 */
export const describeCapacityProviders: Handler<"DescribeCapacityProviders"> = async (input, deps) => {
  const tags = input.include?.includes("TAGS") === true;
  const cluster = input.cluster === undefined ? undefined : await requireCluster(deps, input.cluster);
  const fargate = FARGATE_PROVIDERS.filter((name) => cluster?.doc.capacityProviders?.includes(name) ?? true);
  const list = async ({ after, limit }: Page): Promise<string[]> => {
    const made = await deps.queries.listCapacityProviders(cluster?.name, {
      limit,
      ...(after !== undefined && { after }),
    });
    const names = new Set([...made, ...fargate.filter((name) => after === undefined || name > after)]);
    return [...names].sort().slice(0, limit);
  };
  if (input.capacityProviders === undefined || input.capacityProviders.length === 0) {
    const { entries, ...next } = await pageOf("DescribeCapacityProviders", input, PAGE_SIZE, list);
    const providers = await describe(entries, deps);
    return { capacityProviders: providers.map((each) => withTags(each, tags)), failures: [], ...next };
  }
  const wanted = [...new Set(input.capacityProviders.map(capacityProviderNameOf))];
  const known = new Set(cluster === undefined ? wanted : await list({ limit: ALL }));
  const providers = await describe(
    wanted.filter((name) => known.has(name)),
    deps,
  );
  const found = new Set(providers.map(({ name }) => name));
  return {
    capacityProviders: providers.map((each) => withTags(each, tags)),
    failures: wanted
      .filter((name) => !found.has(name))
      .map((name) => ({ arn: capacityProviderArn(deps.identity, name), reason: "MISSING" })),
  };
};

/** Those of the names that there are, in their order. */
async function describe(names: readonly string[], { queries, identity }: Deps): Promise<CapacityProvider[]> {
  const found = new Map((await queries.capacityProviders(names)).map((each) => [each.doc.name, each]));
  return names.flatMap((name) => {
    const provider = found.get(name);
    if (isFargateProvider(name) && provider?.ref.deleted !== false) return [describeFargateProvider(name, identity)];
    return provider === undefined ? [] : [provider.doc];
  });
}
