import { clusterNameOf } from "#lib/ecs/arns.ts";
import { namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { clientException, clusterNotFound } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSCluster, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Cluster } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Call, Deps } from "../operation.ts";

/** A cluster that things can be made in. */
export interface ActiveCluster {
  /** ECS name. */
  readonly name: string;
  /** Where the API makes this cluster's objects. */
  readonly namespace: string;
  readonly uid: string;
  readonly doc: Cluster;
}

/**
 * The cluster that a reading call is about, given as name or ARN (left out: `default`); also one that is INACTIVE,
 * whose services and tasks stay readable. Without its counts.
 * @throws EcsError `ClusterNotFoundException`.
 */
export async function requireCluster(
  deps: Pick<Deps, "queries">,
  reference: string | undefined,
): Promise<Found<Cluster> & { name: string }> {
  const name = clusterNameOf(reference);
  const found = await deps.queries.clusterRow(name);
  if (found === undefined) throw clusterNotFound();
  return { ...found, name };
}

/**
 * The cluster that a call makes something in, as the API server has it now.
 * @throws EcsError `ClusterNotFoundException`, or `ClientException` for one that is INACTIVE or on its way there.
 */
export async function requireActiveCluster(
  deps: Pick<Deps, "queries" | "kube">,
  reference: string | undefined,
  call: Pick<Call, "signal">,
): Promise<ActiveCluster> {
  const { name, doc, ref } = await requireCluster(deps, reference);
  if (ref.deleted) throw inactive();
  try {
    const resource = await deps.kube.get<ECSCluster>(RESOURCES.ECSCluster, { name: ref.name }, { signal: call.signal });
    if (resource.metadata.deletionTimestamp !== undefined) throw inactive();
    return { name, namespace: namespaceOfResource(resource), uid: resource.metadata.uid ?? ref.uid, doc };
  } catch (error) {
    throw isNotFound(error) ? inactive() : error;
  }
}

function inactive(): Error {
  return clientException("The referenced cluster was inactive.");
}
