import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { isRolledBack, specInForce } from "#lib/ecs/rollout.ts";
import { isConnected } from "#lib/ecs/traffic/discovery.ts";
import { type ECSService, type ECSServiceSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { UpdateServiceRequest } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { usableTarget } from "../capacity-providers/launch-target.ts";
import { checkLaunch, launchTypeOf } from "../tasks/launch.ts";
import { mergePatchTo } from "../common/merge-patch.ts";
import { answerOf, requireService, serviceNotActive } from "../services/service.ts";
import { checkDefinitionPlacement, checkPlacement } from "../tasks/placement-checks.ts";
import { checkExecRole, checkServiceUpdate } from "../services/service-checks.ts";
import { checkTraffic, withDefaultNamespace } from "../services/traffic-checks.ts";
import { updatedServiceSpec } from "../services/service-spec.ts";
import { checkVolumes } from "../tasks/task-checks.ts";
import { requireLaunchable } from "../task-definitions/task-definition.ts";
import { patchObject } from "../common/write.ts";
import type { Call, Deps, Handler } from "../operation.ts";

/**
 * Changes the members of a service that the call names. What ECS counts as a new deployment (task definition, network,
 * platform version, launch target, traffic, or forced) rolls the tasks over; the rest does not.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export const updateService: Handler<"UpdateService"> = async (input, deps, call) => {
  const { cluster, ref, resource } = await requireService(input, serviceNotActive, deps, call);
  if (resource.metadata.deletionTimestamp !== undefined) throw serviceNotActive();
  const definition =
    input.taskDefinition === undefined ? undefined : await requireLaunchable(deps, input.taskDefinition);
  const taskDefinition = definition && `${definition.family}:${definition.revision}`;
  // What a rolled-back service runs is what the caller knows; only a call for a new deployment writes it down.
  const base = changesDeployment(input) ? specInForce(resource, deps.identity) : resource.spec;
  const wanted = updatedServiceSpec(base, input, taskDefinition);
  if (isConnected(wanted.serviceConnectConfiguration)) {
    const { doc } = await requireCluster(deps, cluster);
    wanted.serviceConnectConfiguration =
      withDefaultNamespace(wanted.serviceConnectConfiguration, doc) ?? wanted.serviceConnectConfiguration;
  }
  checkServiceUpdate(input, resource.spec, wanted);
  checkPlacement(wanted, launchTypeOf(wanted));
  if (changesLaunch(input)) await checkAgainstDefinition(input, wanted, cluster, deps, call);
  const spec = mergePatchTo(resource.spec, wanted);
  const forced = input.forceNewDeployment === true || repeatsWhatFailed(input, { ...resource, spec: wanted }, deps);
  if (!forced && Object.keys(spec).length === 0) return { service: answerOf(resource, cluster, deps) };
  const annotations = {
    // The service is no longer what CreateService was asked for: a repeated call must not pass for it.
    [ANNOTATIONS.requestHash]: null,
    ...(forced && { [ANNOTATIONS.forcedDeployment]: deps.now().toISOString() }),
  };
  const updated = await patchObject<ECSService>(deps, RESOURCES.ECSService, ref, { annotations, spec }, call);
  return { service: answerOf(updated, cluster, deps) };
};

/** Whether the call asks for a new deployment, where its members differ from what runs. */
function changesDeployment(input: UpdateServiceRequest): boolean {
  const { taskDefinition, networkConfiguration, capacityProviderStrategy, platformVersion } = input;
  const { forceNewDeployment, volumeConfigurations, loadBalancers, serviceRegistries } = input;
  const members = [
    taskDefinition,
    networkConfiguration,
    capacityProviderStrategy,
    platformVersion,
    volumeConfigurations,
    loadBalancers,
    serviceRegistries,
    input.serviceConnectConfiguration,
  ];
  return forceNewDeployment === true || members.some((member) => member !== undefined);
}

/** The call asks once more for what the service was rolled back from: its spec does not change, but it is to be tried. */
function repeatsWhatFailed(input: UpdateServiceRequest, wanted: ECSService, { identity }: Deps): boolean {
  return changesDeployment(input) && isRolledBack(wanted, identity);
}

function changesLaunch(input: UpdateServiceRequest): boolean {
  const { taskDefinition, networkConfiguration, capacityProviderStrategy, platformVersion } = input;
  const { enableExecuteCommand, volumeConfigurations, loadBalancers, serviceRegistries } = input;
  const { serviceConnectConfiguration, healthCheckGracePeriodSeconds } = input;
  return [
    taskDefinition,
    networkConfiguration,
    capacityProviderStrategy,
    platformVersion,
    enableExecuteCommand,
    volumeConfigurations,
    loadBalancers,
    serviceRegistries,
    serviceConnectConfiguration,
    healthCheckGracePeriodSeconds,
  ].some((member) => member !== undefined);
}

/** The service as it is to be must fit its task definition, also a deregistered one that it goes on using. */
async function checkAgainstDefinition(
  { capacityProviderStrategy = [] }: UpdateServiceRequest,
  wanted: ECSServiceSpec,
  cluster: string,
  deps: Deps,
  call: Call,
): Promise<void> {
  // Only a strategy that is new must be one of the cluster's; a service without one does not take the default now.
  if (capacityProviderStrategy.length > 0) {
    await usableTarget({ capacityProviderStrategy }, await requireCluster(deps, cluster), deps);
  }
  const definition = await requireLaunchable(deps, wanted.taskDefinition ?? "", { inUse: true });
  checkLaunch(wanted, wanted, definition.doc);
  checkExecRole(wanted, definition.doc, "updated");
  checkVolumes(wanted.volumeConfigurations, definition.doc);
  await checkTraffic(wanted, definition.doc, deps, call);
  checkDefinitionPlacement(definition.doc);
}
