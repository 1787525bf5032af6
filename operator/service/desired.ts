import { clusterArn, type Identity, serviceArn } from "#lib/ecs/arns.ts";
import { ANNOTATIONS, LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import { capacityOf } from "#lib/ecs/capacity.ts";
import { deploymentStrategyProblems } from "#lib/ecs/deployment-strategy-rules.ts";
import { daemonProblems } from "#lib/ecs/daemon-rules.ts";
import { placementProblems, unplannable } from "#lib/ecs/placement/rules.ts";
import { restartProblem } from "#lib/ecs/shell-wrapper.ts";
import { taskDefinitionProblems } from "#lib/ecs/supported.ts";
import { describeUnsupported, unsupportedServiceMembers } from "#lib/ecs/supported-service.ts";
import { taskSetServiceProblems } from "#lib/ecs/task-set-rules.ts";
import { volumeConfigurationProblem } from "#lib/ecs/volume-configurations.ts";
import { strategyOf } from "#lib/ecs/zone-rebalancing.ts";
import { zoneRebalancingProblems } from "#lib/ecs/zone-rebalancing-rules.ts";
import { EcsError } from "#lib/errors.ts";
import { contentHash } from "#lib/kube/apply.ts";
import type { DaemonSet, Deployment, PersistentVolumeClaim } from "#lib/kube/resources.ts";
import type { ECSService, ECSTaskSet } from "#model/generated/resources.generated.ts";
import { wantedClaims } from "../pod/claims.ts";
import { podSpecOf, type PodTemplate } from "../pod/pod-spec.ts";
import { containersRunOnce } from "../pod/restart.ts";
import { drainPlan } from "./node-drain.ts";
import { withTraffic } from "../traffic/pod.ts";
import { daemonUpdate, isDaemon } from "./daemon.ts";
import { frozenPlan } from "./freeze.ts";
import { HEALTHY_AFTER_SECONDS } from "./health.ts";
import { imagesBefore } from "./images.ts";
import { HOLD_SECONDS, rolloutPlan } from "./protection.ts";
import { beforeScaleUp } from "./revision.ts";
import { isFrozen } from "./service-deployment.ts";
import type { Problem } from "./problem.ts";
import type { ResolvedTaskDefinition, ServiceState } from "./state.ts";
import { hasOwnTaskSets, initialTaskSet } from "./initial-task-set.ts";
import { wantedDigits, workloadOf } from "./workload.ts";

interface DesiredTasks {
  /** Made before them where they are missing; they outlive the service. */
  readonly claims: readonly PersistentVolumeClaim[];
  /** The 19 digits of the PRIMARY deployment. */
  readonly digits: string;
  readonly taskDefinitionArn: string;
}

export interface DesiredDeployment extends DesiredTasks {
  readonly deployment: Deployment;
  /** Sizes that ReplicaSets are to be cut to, by uid, where the Deployment is not to do that. */
  readonly sizes?: ReadonlyMap<string, number>;
}

export interface DesiredDaemon extends DesiredTasks {
  readonly daemonSet: DaemonSet;
  /** It is to go, and its Pods are to stay: then none is started any more. */
  readonly released: boolean;
}

/** Of a service whose tasks are those of task sets: nothing but the task set that it begins with, if it makes one. */
export interface DesiredTaskSets {
  readonly initial: ECSTaskSet | undefined;
}

/** What a service is to be: a Deployment, a DaemonSet or task sets, or the reason why that cannot be said yet. */
export type Desired = { readonly problem: Problem } | DesiredDeployment | DesiredDaemon | DesiredTaskSets;

type Template = NonNullable<Deployment["spec"]>["template"];

/** A daemon's count is not its spec's own here, but that of its nodes. */
const COUNTED = { desiredCount: undefined };

/** ReplicaSets without Pods that are kept: they are the Deployment's own memory, ECS's is in the status. */
const REVISION_HISTORY = 2;
/** What Kubernetes takes for none; it must be more than `minReadySeconds`. */
const NO_DEADLINE = 2_147_483_647;

/** What should exist for a service; the same state always gives the same answer. */
export function desiredService(state: ServiceState, identity: Identity): Desired {
  const problem = problemOf(state);
  if (problem) return { problem };
  if (hasOwnTaskSets(state)) return { initial: initialTaskSet(state) };
  if ("problem" in state.taskDefinition) return state.taskDefinition;
  const { found } = state.taskDefinition;
  const unusable = definitionProblem(found);
  if (unusable) return { problem: unusable };
  const unable = unableToRestart(state, found);
  if (unable) return { problem: unable };
  const mismatch = volumeConfigurationProblem(found.resource.spec.volumes, state.service.spec.volumeConfigurations);
  if (mismatch !== undefined) return { problem: { reason: "InvalidVolumeConfigurations", message: mismatch } };
  if (state.traffic && "problem" in state.traffic) return state.traffic;
  try {
    return isDaemon(state.service) ? buildDaemon(state, found, identity) : buildDeployment(state, found, identity);
  } catch (error) {
    if (!(error instanceof EcsError)) throw error;
    return { problem: invalidDefinition(found, error.message) };
  }
}

function problemOf(state: ServiceState): Problem | undefined {
  const { service, clusterExists, clusterName, serviceName, elder, capacity, taskSet, hookProblem } = state;
  if (elder !== undefined) {
    const message = `The service ${serviceName} of cluster ${clusterName} is ${elder} already. Rename or delete one of the two.`;
    return { reason: "NameConflict", message };
  }
  const unsupported = unsupportedServiceMembers(service.spec);
  if (unsupported.length > 0) return { reason: "Unsupported", message: describeUnsupported(unsupported) };
  const daemon = daemonProblems({ ...service.spec, ...(isDaemon(service) && COUNTED) });
  if (daemon.length > 0) return { reason: "InvalidDaemon", message: daemon.join(" ") };
  const external = taskSet === undefined ? taskSetServiceProblems(service.spec) : [];
  if (external.length > 0) return { reason: "InvalidDeploymentController", message: external.join(" ") };
  // What a service was rolled back to need not fit the strategy that it has now.
  const strategy = state.atRevision === undefined ? deploymentStrategyProblems(service.spec) : [];
  if (strategy.length > 0) return { reason: "InvalidDeploymentStrategy", message: strategy.join(" ") };
  const uneven = zoneRebalancingProblems(service.spec);
  if (uneven.length > 0) return { reason: "InvalidZoneRebalancing", message: uneven.join(" ") };
  const misplaced = placementProblems(service.spec, capacityOf(service.spec, serviceName).launchType);
  if (misplaced.length > 0) return { reason: "InvalidPlacement", message: misplaced.join(" ") };
  if (capacity?.problem !== undefined) return capacity.problem;
  if (hookProblem !== undefined) return hookProblem;
  if (clusterExists) return undefined;
  const message = `There is no cluster ${clusterName} yet. The service goes on as soon as it is created.`;
  return { reason: "ClusterNotFound", message };
}

function definitionProblem(found: ResolvedTaskDefinition): Problem | undefined {
  const { invalid, unsupported } = taskDefinitionProblems(found.resource.spec);
  if (invalid.length > 0) return invalidDefinition(found, invalid.join(" "));
  if (unsupported.length > 0) return invalidDefinition(found, describeUnsupported(unsupported));
  const why = unplannable(found.resource.spec.placementConstraints ?? []);
  return why === undefined ? undefined : invalidDefinition(found, `placementConstraints: ${why}`);
}

function unableToRestart(state: ServiceState, found: ResolvedTaskDefinition): Problem | undefined {
  if (restartRules(state, wantedDigits(state, found.arn)) === true) return undefined;
  const why = restartProblem(found.resource.spec.containerDefinitions);
  return why === undefined ? undefined : invalidDefinition(found, why);
}

function invalidDefinition({ arn }: ResolvedTaskDefinition, why: string): Problem {
  return { reason: "TaskDefinitionInvalid", message: `${arn} cannot be run: ${why}` };
}

function buildDeployment(state: ServiceState, found: ResolvedTaskDefinition, identity: Identity): DesiredDeployment {
  const { service } = state;
  const digits = wantedDigits(state, found.arn);
  const template = templateBefore(state, identity) ?? templateOf(state, found, identity, digits);
  const templateHash = contentHash(template);
  const { sizes, ...roll } = isFrozen(state.rollout) ? frozen(state) : { ...rolling(state, templateHash) };
  const deployment: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: workloadMetadata(state, identity, templateHash),
    spec: {
      revisionHistoryLimit: REVISION_HISTORY,
      selector: { matchLabels: workloadOf(state).selector },
      ...roll,
      template,
    },
  };
  const claims = wantedClaims(found.resource.spec, service.metadata.namespace ?? "");
  return { deployment, claims, digits, taskDefinitionArn: found.arn, ...(sizes && { sizes }) };
}

/** The template of the service revision that runs, as long as no task of the new one is to be started. */
function templateBefore(state: ServiceState, identity: Identity): Template | undefined {
  const before = beforeScaleUp(state);
  if (before === undefined || "problem" in before.taskDefinition) return undefined;
  const { found } = before.taskDefinition;
  const digits = wantedDigits(before, found.arn);
  return templateOf({ ...before, images: imagesBefore(before, digits) }, found, identity, digits);
}

function buildDaemon(state: ServiceState, found: ResolvedTaskDefinition, identity: Identity): DesiredDaemon {
  const { service } = state;
  const digits = wantedDigits(state, found.arn);
  const template = templateOf(state, found, identity, digits);
  const daemonSet: DaemonSet = {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: workloadMetadata(state, identity, contentHash(template)),
    spec: {
      revisionHistoryLimit: REVISION_HISTORY,
      selector: { matchLabels: workloadOf(state).selector },
      updateStrategy: daemonUpdate(service),
      ...(isWatched(service) && { minReadySeconds: HEALTHY_AFTER_SECONDS }),
      template,
    },
  };
  const claims = wantedClaims(found.resource.spec, service.metadata.namespace ?? "");
  return { daemonSet, released: isFrozen(state.rollout), claims, digits, taskDefinitionArn: found.arn };
}

function workloadMetadata(
  state: ServiceState,
  identity: Identity,
  templateHash: string,
): NonNullable<Deployment["metadata"]> {
  const { clusterName, serviceName } = state;
  const { name, namespace, owner } = workloadOf(state);
  return {
    name,
    namespace,
    labels: {
      [LABELS.managedBy]: MANAGED_BY,
      [LABELS.cluster]: labelValue(clusterName),
      [LABELS.service]: labelValue(serviceName),
    },
    annotations: {
      [ANNOTATIONS.serviceArn]: serviceArn(identity, clusterName, serviceName),
      [ANNOTATIONS.templateHash]: templateHash,
    },
    ownerReferences: [owner],
  };
}

/** Whether a circuit breaker watches: a task that ends at once must not have cost one that ran before. */
const isWatched = ({ spec }: ECSService): boolean =>
  spec.deploymentConfiguration?.deploymentCircuitBreaker?.enable === true;

type Roll = Pick<NonNullable<Deployment["spec"]>, "replicas" | "strategy" | "paused" | "minReadySeconds"> & {
  readonly progressDeadlineSeconds?: number;
  readonly sizes?: ReadonlyMap<string, number>;
};

function rolling(state: ServiceState, templateHash: string): Roll {
  const { replicas, maxUnavailable, maxSurge, hold } = rolloutPlan(state, templateHash);
  const { surge } = drainPlan(state);
  return {
    replicas: replicas + surge,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } },
    ...(isWatched(state.service) && { minReadySeconds: HEALTHY_AFTER_SECONDS }),
    ...(hold && { paused: hold.paused, minReadySeconds: HOLD_SECONDS, progressDeadlineSeconds: NO_DEADLINE }),
  };
}

/** A paused Deployment that does not roll leaves the sizes of several ReplicaSets as they are. */
function frozen(state: ServiceState): Roll {
  const sizes = frozenPlan(state);
  const replicas = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { replicas, strategy: { type: "Recreate" }, paused: true, sizes };
}

function templateOf(
  state: ServiceState,
  found: ResolvedTaskDefinition,
  identity: Identity,
  deploymentId: string,
): Template {
  const { service, clusterName, serviceName, surroundings, images, capacity } = state;
  const { launchType, placementConstraints, volumeConfigurations } = service.spec;
  const placementStrategy = strategyOf(service.spec);
  const pod = podSpecOf({
    taskDefinition: found.resource.spec,
    restartPolicy: "Always",
    images,
    task: {
      region: identity.region,
      clusterName,
      clusterArn: clusterArn(identity, clusterName),
      taskDefinitionArn: found.arn,
      revision: found.revision,
      service: { name: serviceName, arn: serviceArn(identity, clusterName, serviceName), deploymentId },
      ...(launchType !== undefined && { launchType }),
      ...(capacity?.capacityProvider !== undefined && { capacityProvider: capacity.capacityProvider }),
      surroundings: { ...surroundings, containerRestartRules: restartRules(state, deploymentId) },
    },
    ...(capacity?.pool && { pool: capacity.pool }),
    ...(capacity?.undecided === true && { undecided: true }),
    ...(placementConstraints && { placementConstraints }),
    ...(placementStrategy && { placementStrategy }),
    ...(volumeConfigurations && { volumeConfigurations }),
  });
  const { metadata, spec } = withTrafficOf(state, pod, deploymentId);
  const forced = service.metadata.annotations?.[ANNOTATIONS.forcedDeployment];
  return {
    metadata: {
      labels: { ...metadata.labels, ...workloadOf(state).selector },
      annotations: {
        ...metadata.annotations,
        ...(forced !== undefined && { [ANNOTATIONS.forcedDeployment]: forced }),
      },
    },
    spec,
  };
}

/**
 * Whether the Pods' containers get a restart policy of their own. A deployment that has begun goes on as it began, so that
 * nothing rolls out when Kubernetes learns it.
 */
function restartRules(state: ServiceState, digits: string): boolean | undefined {
  const { deployment, daemonSet, replicaSets, surroundings } = state;
  const begun = [deployment, daemonSet, ...replicaSets]
    .map((made) => made?.spec?.template)
    .find((template) => template?.metadata?.labels?.[LABELS.deployment] === digits);
  return begun === undefined ? surroundings?.containerRestartRules : containersRunOnce(begun.spec).length > 0;
}

/** Names of other services are those that the deployment began with, so that a new one of them rolls nothing out. */
function withTrafficOf(
  { traffic, deployment, daemonSet }: ServiceState,
  pod: PodTemplate,
  digits: string,
): PodTemplate {
  if (traffic === undefined || "problem" in traffic) return pod;
  const template = (deployment ?? daemonSet)?.spec?.template;
  const begun = template?.metadata?.labels?.[LABELS.deployment] === digits;
  return withTraffic(pod, traffic, begun ? (template?.spec?.hostAliases ?? []) : undefined);
}
