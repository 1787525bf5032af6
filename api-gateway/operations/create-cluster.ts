import { clusterNameOfResource } from "#lib/ecs/cluster-of.ts";
import { describeCluster } from "#lib/ecs/describe/cluster.ts";
import { ANNOTATIONS, API_VERSION, shortHash } from "#lib/ecs/labels.ts";
import { resourceName } from "#lib/ecs/names.ts";
import { clientException, serverException } from "#lib/errors.ts";
import { isAlreadyExists, isNotFound } from "#lib/kube/errors.ts";
import { type ECSCluster, RESOURCES } from "#model/generated/resources.generated.ts";
import type { ClusterSetting, CreateClusterRequest } from "#model/generated/types.generated.ts";
import { checkProvidersExist } from "../capacity-providers/capacity-provider.ts";
import { checkCapacityProviders, checkConfiguration, checkSettings } from "../clusters/cluster-checks.ts";
import { defaultNamespace } from "../clusters/connect-namespace.ts";
import { until } from "../common/until.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { Call, Deps, Handler } from "../operation.ts";

const DEFAULT_NAME = "default";
/** How long a cluster of the same name that is being deleted is waited for. */
const DELETION_TIMEOUT_MS = 5_000;
const DELETION_POLL_MS = 200;

/**
 * Makes a cluster. One of that name that is there already is answered as it is; the name of one that is INACTIVE is
 * free again.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
 */
export const createCluster: Handler<"CreateCluster"> = async (input, deps, call) => {
  const name = input.clusterName ?? DEFAULT_NAME;
  checkSettings(input.settings);
  checkConfiguration(input.configuration);
  checkCapacityProviders(input.capacityProviders ?? [], input.defaultCapacityProviderStrategy ?? []);
  await checkProvidersExist(input.capacityProviders ?? [], name, deps);
  const known = await deps.queries.cluster(name);
  if (known !== undefined && !known.ref.deleted && known.doc.status === "ACTIVE") return { cluster: known.doc };
  const settings = input.settings ?? (await accountDefault(deps, call));
  const { serviceConnectDefaults, ...members } = input;
  const defaults = serviceConnectDefaults && {
    serviceConnectDefaults: { namespace: await defaultNamespace(serviceConnectDefaults.namespace, deps, call) },
  };
  const wanted = { ...members, ...defaults, ...(settings && { settings }) };
  const created = await createOrGet(newCluster(name, wanted, call), deps, call);
  return { cluster: describeCluster(created, deps.identity) };
};

/** The settings of a cluster that names none, where the account has some. */
async function accountDefault({ accountSettings }: Deps, call: Call): Promise<ClusterSetting[] | undefined> {
  const value = (await accountSettings.list(call)).get("containerInsights");
  return value === undefined ? undefined : [{ name: "containerInsights", value }];
}

function newCluster(name: string, input: CreateClusterRequest, { accessKeyId }: Call): ECSCluster {
  return {
    apiVersion: API_VERSION,
    kind: "ECSCluster",
    metadata: {
      name: resourceName(name),
      ...(accessKeyId !== undefined && { annotations: { [ANNOTATIONS.createdBy]: accessKeyId } }),
    },
    spec: { ...input, clusterName: name },
  };
}

/** Creates the cluster, or finds the one that another caller made meanwhile. */
async function createOrGet(cluster: ECSCluster, deps: Deps, { signal }: Pick<Call, "signal">): Promise<ECSCluster> {
  const name = clusterNameOfResource(cluster);
  // An object of that name may be a cluster with another ECS name that someone applied: then the name gets a hash.
  const spare = `${cluster.metadata.name ?? ""}-${shortHash(name)}`;
  for (const objectName of [cluster.metadata.name ?? "", spare]) {
    const wanted = { ...cluster, metadata: { ...cluster.metadata, name: objectName } };
    const there = await createOne(wanted, deps, signal);
    if (clusterNameOfResource(there) === name) return there;
  }
  throw clientException(`The Kubernetes objects for a cluster named ${name} are taken by other clusters.`);
}

/** The object of that name, created if there is none; one that is being deleted is waited for. */
async function createOne(cluster: ECSCluster, deps: Deps, signal: AbortSignal): Promise<ECSCluster> {
  let result: ECSCluster | undefined;
  const attempt = async (): Promise<boolean> => {
    result = (await tryCreate(cluster, deps, signal)) ?? (await get(cluster, deps, signal));
    return result !== undefined && result.metadata.deletionTimestamp === undefined;
  };
  const done = await until(attempt, { timeoutMs: DELETION_TIMEOUT_MS, intervalMs: DELETION_POLL_MS, signal });
  if (done && result !== undefined) {
    deps.wrote(RESOURCES.ECSCluster, result);
    return result;
  }
  throw serverException("A cluster of that name is still being deleted. Please try again later.", undefined, 503);
}

async function tryCreate(cluster: ECSCluster, { kube }: Deps, signal: AbortSignal): Promise<ECSCluster | undefined> {
  try {
    return await kube.create(RESOURCES.ECSCluster, cluster, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

async function get(cluster: ECSCluster, { kube }: Deps, signal: AbortSignal): Promise<ECSCluster | undefined> {
  try {
    return await kube.get(RESOURCES.ECSCluster, { name: cluster.metadata.name ?? "" }, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
