import { clusterNameOf } from "#lib/ecs/arns.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { ANNOTATIONS, API_VERSION, LABELS, labelValue, SERVICE_FINALIZER } from "#lib/ecs/labels.ts";
import { resourceName } from "#lib/ecs/names.ts";
import { invalidParameter } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { refOf } from "#lib/kube/resources.ts";
import { type ECSService, type ECSServiceSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { CreateServiceRequest } from "#model/generated/types.generated.ts";
import { type ActiveCluster, requireActiveCluster } from "../clusters/cluster.ts";
import { usableTarget } from "../capacity-providers/launch-target.ts";
import { checkLaunch, launchTypeOf } from "../tasks/launch.ts";
import { requestHash } from "#lib/ecs/request-hash.ts";
import { answerOf } from "../services/service.ts";
import { checkDefinitionPlacement, checkPlacement } from "../tasks/placement-checks.ts";
import { checkExecRole, checkNewService } from "../services/service-checks.ts";
import { checkTraffic, withDefaultNamespace } from "../services/traffic-checks.ts";
import { newServiceSpec, type ResolvedService } from "../services/service-spec.ts";
import { checkVolumes } from "../tasks/task-checks.ts";
import { requireLaunchable } from "../task-definitions/task-definition.ts";
import { createInNamespace } from "../common/write.ts";
import type { Call, Deps, Handler } from "../operation.ts";

/**
 * Creates a service. The same call made again answers with the service that is there, unless it was changed since.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export const createService: Handler<"CreateService"> = async (given, deps, call) => {
  checkNewService(given);
  const cluster = await requireActiveCluster(deps, given.cluster, call);
  const serviceConnectConfiguration = withDefaultNamespace(given.serviceConnectConfiguration, cluster.doc);
  const input = { ...given, ...(serviceConnectConfiguration && { serviceConnectConfiguration }) };
  const external = input.deploymentController?.type === "EXTERNAL";
  const resolved = external ? { cluster: cluster.name, target: {} } : await resolve(input, cluster, deps, call);
  const existing = await findExisting(input, cluster, deps, call);
  if (existing !== undefined) return { service: answerOf(repeated(existing, input), cluster.name, deps) };
  const spec = newServiceSpec(input, resolved);
  const created = await create(newService(input, spec, cluster, call), cluster, deps, call);
  return { service: answerOf(created, cluster.name, deps) };
};

/** The task definition and where it is to run, checked against each other. */
async function resolve(
  input: CreateServiceRequest,
  cluster: ActiveCluster,
  deps: Deps,
  call: Call,
): Promise<ResolvedService> {
  const { doc, family, revision } = await requireLaunchable(deps, input.taskDefinition ?? "");
  const target = await usableTarget(input, cluster, deps);
  checkLaunch(input, target, doc);
  checkExecRole(input, doc, "created");
  checkVolumes(input.volumeConfigurations, doc);
  await checkTraffic(input, doc, deps, call);
  checkPlacement(input, launchTypeOf(target));
  checkDefinitionPlacement(doc);
  return { cluster: cluster.name, taskDefinition: `${family}:${revision}`, target };
}

function newService(input: CreateServiceRequest, spec: ECSServiceSpec, cluster: ActiveCluster, call: Call): ECSService {
  return {
    apiVersion: API_VERSION,
    kind: "ECSService",
    metadata: {
      name: resourceName(input.serviceName),
      namespace: cluster.namespace,
      labels: { [LABELS.cluster]: labelValue(cluster.name), [LABELS.service]: labelValue(input.serviceName) },
      annotations: {
        [ANNOTATIONS.requestHash]: requestHash(input),
        ...(input.clientToken !== undefined && { [ANNOTATIONS.clientToken]: input.clientToken }),
        ...(call.accessKeyId !== undefined && { [ANNOTATIONS.createdBy]: call.accessKeyId }),
      },
      // The operator would add it before anything else.
      finalizers: [SERVICE_FINALIZER],
    },
    spec,
  };
}

/** The service of that name, wherever it lives and whoever made it; undefined where there is none or it is INACTIVE. */
async function findExisting(
  { serviceName }: CreateServiceRequest,
  cluster: ActiveCluster,
  { queries, kube }: Deps,
  { signal }: Call,
): Promise<ECSService | undefined> {
  const found = await queries.service(cluster.name, serviceName);
  return found === undefined || found.ref.deleted
    ? undefined
    : kube.get<ECSService>(RESOURCES.ECSService, found.ref, { signal });
}

async function create(service: ECSService, cluster: ActiveCluster, deps: Deps, call: Call): Promise<ECSService> {
  try {
    return await createInNamespace(deps, RESOURCES.ECSService, service, call);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const there = await deps.kube.get<ECSService>(RESOURCES.ECSService, refOf(service), { signal: call.signal });
    const name = serviceNameOf(service);
    if (serviceNameOf(there) === name && clusterNameOf(there.spec.cluster ?? cluster.name) === cluster.name) {
      return repeated(there, service);
    }
    const where = `${there.metadata.namespace ?? ""}/${there.metadata.name ?? ""}`;
    throw invalidParameter(`The service ${name} cannot be created: the ECSService ${where} is of another service.`);
  }
}

/**
 * The service that is there, if the call that made it asked for the same.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
function repeated(there: ECSService, wanted: CreateServiceRequest | ECSService): ECSService {
  if (there.metadata.deletionTimestamp !== undefined) {
    throw invalidParameter("Unable to Start a service that is still Draining.");
  }
  const hash = "metadata" in wanted ? wanted.metadata.annotations?.[ANNOTATIONS.requestHash] : requestHash(wanted);
  if (there.metadata.annotations?.[ANNOTATIONS.requestHash] === hash) return there;
  throw invalidParameter("Creation of service was not idempotent.");
}
