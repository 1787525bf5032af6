import { clusterNameOf } from "#lib/ecs/arns.ts";
import { describeCapacityProvider } from "#lib/ecs/describe/capacity-provider.ts";
import { ANNOTATIONS, API_VERSION, shortHash } from "#lib/ecs/labels.ts";
import { resourceName } from "#lib/ecs/names.ts";
import { providerNameOf } from "#lib/ecs/node-pool.ts";
import { clientException, invalidParameter } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { type ECSCapacityProvider, RESOURCES } from "#model/generated/resources.generated.ts";
import type { CreateCapacityProviderRequest } from "#model/generated/types.generated.ts";
import { requireActiveCluster } from "../clusters/cluster.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { Call, Deps, Handler } from "../operation.ts";

/**
 * Makes a capacity provider: a name for the nodes that have its label. The name of one that is INACTIVE is free again.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCapacityProvider.html
 */
export const createCapacityProvider: Handler<"CreateCapacityProvider"> = async (input, deps, call) => {
  checkInput(input);
  const [known] = await deps.queries.capacityProviders([input.name]);
  if (known !== undefined && !known.ref.deleted) throw exists();
  const cluster = input.cluster === undefined ? undefined : clusterNameOf(input.cluster);
  if (cluster !== undefined) await requireActiveCluster(deps, cluster, call);
  const created = await create({ ...input, ...(cluster !== undefined && { cluster }) }, deps, call);
  return { capacityProvider: describeCapacityProvider(created, deps.identity) };
};

function checkInput({
  name,
  cluster,
  autoScalingGroupProvider,
  managedInstancesProvider,
}: CreateCapacityProviderRequest) {
  if (/^(aws|ecs|fargate)/i.test(name)) {
    throw invalidParameter(
      'The specified capacity provider name is invalid. The name can\'t be prefixed with "aws", "ecs", or "fargate".',
    );
  }
  if ((autoScalingGroupProvider === undefined) === (managedInstancesProvider === undefined)) {
    throw invalidParameter("Specify either an autoScalingGroupProvider or a managedInstancesProvider.");
  }
  if ((managedInstancesProvider === undefined) !== (cluster === undefined)) {
    throw invalidParameter("A cluster must be specified with a managedInstancesProvider, and with no other.");
  }
  const { minimumScalingStepSize: least = 1, maximumScalingStepSize: most = 10_000 } =
    autoScalingGroupProvider?.managedScaling ?? {};
  if (least > most) throw invalidParameter("minimumScalingStepSize can't be greater than maximumScalingStepSize.");
}

async function create(
  input: CreateCapacityProviderRequest,
  deps: Deps,
  { signal, accessKeyId }: Call,
): Promise<ECSCapacityProvider> {
  const { name } = input;
  // An object of that name may be a provider with another ECS name that someone applied: then the name gets a hash.
  for (const objectName of [resourceName(name), `${resourceName(name)}-${shortHash(name)}`]) {
    const annotations = accessKeyId === undefined ? {} : { [ANNOTATIONS.createdBy]: accessKeyId };
    const wanted: ECSCapacityProvider = {
      apiVersion: API_VERSION,
      kind: "ECSCapacityProvider",
      metadata: { name: objectName, annotations },
      spec: input,
    };
    try {
      const options = { fieldManager: FIELD_MANAGER, signal };
      const created = await deps.kube.create<ECSCapacityProvider>(RESOURCES.ECSCapacityProvider, wanted, options);
      deps.wrote(RESOURCES.ECSCapacityProvider, created);
      return created;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const ref = { name: objectName };
    if (
      providerNameOf(await deps.kube.get<ECSCapacityProvider>(RESOURCES.ECSCapacityProvider, ref, { signal })) === name
    ) {
      throw exists();
    }
  }
  throw clientException(`The Kubernetes objects for a capacity provider named ${name} are taken by others.`);
}

function exists(): Error {
  return clientException(
    "The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.",
  );
}
