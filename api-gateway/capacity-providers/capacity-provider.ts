import { capacityProviderNameOf, clusterArn, clusterNameOf } from "#lib/ecs/arns.ts";
import { isFargateProvider } from "#lib/ecs/capacity.ts";
import { clientException, invalidParameter } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import type { CapacityProvider } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";

/** What every account has without making it. */
export const FARGATE_PROVIDERS = ["FARGATE", "FARGATE_SPOT"] as const;

/** There is no such capacity provider, or it is INACTIVE. */
export function providerNotFound(): Error {
  return clientException("The specified capacity provider does not exist. Specify a valid name or ARN and try again.");
}

/**
 * The capacity provider that a changing call names (name or ARN), whoever made it.
 * @param cluster name or ARN of the only cluster that has it, where the call says that.
 * @throws EcsError `ClientException` where there is none, `InvalidParameterException` for FARGATE and FARGATE_SPOT.
 */
export async function requireProvider(
  { queries, identity }: Pick<Deps, "queries" | "identity">,
  reference: string,
  cluster?: string,
): Promise<Found<CapacityProvider>> {
  const name = capacityProviderNameOf(reference);
  if (isFargateProvider(name)) {
    throw invalidParameter(
      "The FARGATE and FARGATE_SPOT capacity providers are reserved and can't be changed or deleted.",
    );
  }
  const [found] = await queries.capacityProviders([name]);
  if (found === undefined || found.ref.deleted) throw providerNotFound();
  const owner = found.doc.cluster;
  if (owner !== undefined && cluster !== undefined && owner !== clusterArn(identity, clusterNameOf(cluster))) {
    throw providerNotFound();
  }
  return found;
}

/** What `write` gives, where the capacity provider is still there. @throws EcsError `ClientException` */
export async function ifThere<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    throw isNotFound(error) ? providerNotFound() : error;
  }
}

/**
 * Checks that capacity providers are there, and none is another cluster's.
 * @param cluster ECS name.
 * @throws EcsError `InvalidParameterException`, which names the first that is not.
 */
export async function checkProvidersExist(
  names: readonly string[],
  cluster: string,
  { queries, identity }: Pick<Deps, "queries" | "identity">,
): Promise<void> {
  const own = names.filter((name) => !isFargateProvider(name));
  if (own.length === 0) return;
  const usable = (await queries.capacityProviders(own)).filter(
    ({ doc, ref }) => !ref.deleted && (doc.cluster === undefined || doc.cluster === clusterArn(identity, cluster)),
  );
  const there = new Set(usable.map(({ doc }) => doc.name));
  const missing = own.find((name) => !there.has(name));
  if (missing !== undefined) throw invalidParameter(`The specified capacity provider ${missing} was not found.`);
}

/** Names of the capacity providers that are one cluster's only, as those of managed instances are. */
export async function ownProviders(cluster: string, { queries }: Pick<Deps, "queries">): Promise<string[]> {
  return queries.listOwnCapacityProviders(cluster);
}

/** As answered, with tags only where they were asked for. */
export function withTags({ tags = [], ...provider }: CapacityProvider, include: boolean): CapacityProvider {
  return include ? { ...provider, tags } : provider;
}
