import type { Config } from "#lib/config.ts";
import type { Identity } from "#lib/ecs/arns.ts";
import { clusterNameOf, parseTaskDefinition } from "#lib/ecs/arns.ts";
import { alarmNameOf } from "#lib/ecs/alarm.ts";
import { referenceOfAction } from "#lib/ecs/scaling/policies.ts";
import { clusterNameOfResource, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { serviceOfTaskSet } from "#lib/ecs/describe/task-set.ts";
import { LABELS, labelValue, MANAGED_BY } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { providerNameOf } from "#lib/ecs/node-pool.ts";
import { isConnected } from "#lib/ecs/traffic/discovery.ts";
import { taskSetDigits } from "#lib/ecs/task-set.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { Informer } from "#lib/kube/informer.ts";
import type { Recorder } from "#lib/kube/recorder.ts";
import {
  RESOURCE,
  type DaemonSet,
  type Deployment,
  type HorizontalPodAutoscaler,
  type KubeObject,
  type Namespace,
  type Node,
  type Pod,
  type ReplicaSet,
  type Service,
} from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import type { Metrics } from "#lib/metrics.ts";
import type { Features } from "./features.ts";
import type { ImageResolver } from "./image/resolver.ts";
import { leanPod } from "./lean-pod.ts";
import { arnIndex } from "./schedule/names.ts";
import type {
  ECSAlarm,
  ECSCapacityProvider,
  ECSCluster,
  ECSScalableTarget,
  ECSSchedule,
  ECSService,
  ECSServiceDeployment,
  ECSServiceRevision,
  ECSTask,
  ECSTaskDefinition,
  ECSTaskSet,
} from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import {
  DISCOVERY_RESOURCES,
  type ECSDiscoveryNamespace,
  type ECSDiscoveryService,
} from "#model/generated/servicediscovery/resources.generated.ts";
import { sharedNames } from "./traffic/shared-names.ts";

/** The caches that every reconciler reads; nothing else may list or watch. */
export interface Informers {
  readonly clusters: Informer<ECSCluster>;
  readonly taskDefinitions: Informer<ECSTaskDefinition>;
  readonly services: Informer<ECSService>;
  readonly taskSets: Informer<ECSTaskSet>;
  readonly alarms: Informer<ECSAlarm>;
  readonly serviceDeployments: Informer<ECSServiceDeployment>;
  readonly serviceRevisions: Informer<ECSServiceRevision>;
  readonly tasks: Informer<ECSTask>;
  readonly schedules: Informer<ECSSchedule>;
  readonly scalableTargets: Informer<ECSScalableTarget>;
  /** Only Pods, ReplicaSets, Deployments, DaemonSets and autoscalers labelled as ours. */
  readonly pods: Informer<Pod>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly deployments: Informer<Deployment>;
  readonly daemonSets: Informer<DaemonSet>;
  readonly autoscalers: Informer<HorizontalPodAutoscaler>;
  /** Kubernetes' Services, only those labelled as ours. */
  readonly kubeServices: Informer<Service>;
  readonly discoveryNamespaces: Informer<ECSDiscoveryNamespace>;
  readonly discoveryServices: Informer<ECSDiscoveryService>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly capacityProviders: Informer<ECSCapacityProvider>;
}

/** What a controller is made from. */
export interface Deps {
  readonly kube: KubeClient;
  readonly informers: Informers;
  readonly identity: Identity;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  readonly images: ImageResolver;
  readonly features: Features;
  now(): Date;
}

/** One kind's reconciler, as `main.ts` runs it while it is the leader. */
export interface Controller {
  readonly name: string;
  /** Works until `signal` aborts, then settles once what it had in hand is done. */
  start(signal: AbortSignal): Promise<void>;
}

/**
 * Names of the informers' indexes.
 *
 * | index | of | value |
 * | --- | --- | --- |
 * | owner | deployments, daemonSets, replicaSets, pods, tasks, serviceDeployments, serviceRevisions | uid of the controlling owner |
 * | anyOwner | kubeServices | uid of each owner |
 * | traffic | services | {@link sharedNames} |
 * | connected | services | `yes` where Service Connect is on |
 * | service | tasks, pods | {@link serviceKey} of their labels |
 * | service | services, taskSets | `<namespace>/<label kecs.io/service of its tasks>` |
 * | service | scalableTargets | `<namespace>/<name of the ECSService>` |
 * | serviceObject | services, pods | `<namespace>/<label kecs.io/service-object>` |
 * | task | pods | task id |
 * | deployment | tasks, pods, taskSets | id of the ECS deployment or task set, of their label |
 * | cluster | services, tasks | {@link clusterIndexValues} |
 * | family | taskDefinitions, services, taskSets, tasks | task definition family |
 * | serviceName | services | ECS name of the service |
 * | alarm | alarms, services | the alarm's name; those that a service's deployments watch |
 * | alarmAction | alarms | the references to scaling policies that their actions end with |
 * | clusterName, namespace | clusters | ECS name; namespace |
 * | providerName | capacityProviders | ECS name |
 * | node | pods | name of the node |
 * | scheduleArn | schedules | what their ARN is made of |
 */
export const INDEX = {
  owner: "owner",
  anyOwner: "anyOwner",
  traffic: "traffic",
  connected: "connected",
  service: "service",
  serviceObject: "serviceObject",
  task: "task",
  deployment: "deployment",
  cluster: "cluster",
  family: "family",
  serviceName: "serviceName",
  alarm: "alarm",
  alarmAction: "alarmAction",
  clusterName: "clusterName",
  namespace: "namespace",
  providerName: "providerName",
  node: "node",
  scheduleArn: "scheduleArn",
} as const;

const one = (value: string | undefined): string[] => (value === undefined || value === "" ? [] : [value]);

const label =
  (name: string) =>
  (object: KubeObject): string[] =>
    one(object.metadata?.labels?.[name]);

const byOwner = (object: KubeObject): string[] =>
  one(object.metadata?.ownerReferences?.find((owner) => owner.controller === true)?.uid);

/** Index value under which a service's Pods and tasks are found: namespace, cluster and service together. */
export function serviceKey(namespace: string, clusterName: string, serviceName: string): string {
  return `${namespace}/${labelValue(clusterName)}/${labelValue(serviceName)}`;
}

function byServiceLabels(object: KubeObject): string[] {
  const { namespace, labels } = object.metadata ?? {};
  const cluster = labels?.[LABELS.cluster];
  const service = labels?.[LABELS.service];
  return namespace && cluster && service ? [`${namespace}/${cluster}/${service}`] : [];
}

/**
 * Index values of a service or task for its cluster. Which cluster an object without `spec.cluster` belongs to
 * depends on clusters that come and go, so it is found by its namespace instead (`in:<namespace>`).
 */
export function clusterIndexValues(object: ECSService | ECSTask): string[] {
  const { cluster } = object.spec;
  return cluster === undefined || cluster === ""
    ? ["implicit", `in:${object.metadata.namespace ?? ""}`]
    : [clusterNameOf(cluster)];
}

function byServiceObject({ metadata }: KubeObject): string[] {
  const name = metadata?.labels?.[LABELS.serviceObject];
  return metadata?.namespace && name ? [`${metadata.namespace}/${name}`] : [];
}

/** A Pod of RunTask has its task's id as a label; of a Pod of a service it is made from the uid. */
function byTask({ metadata }: KubeObject): string[] {
  const { labels, uid } = metadata ?? {};
  if (labels?.[LABELS.task] !== undefined) return one(labels[LABELS.task]);
  return labels?.[LABELS.service] !== undefined && uid ? [taskIdOfPod(uid)] : [];
}

const byFamily = (object: ECSService | ECSTask | ECSTaskSet): string[] =>
  one(parseTaskDefinition(object.spec.taskDefinition ?? "")?.family);

/** The caches with their indexes, not yet started. */
export function createInformers(deps: Pick<Deps, "kube" | "log" | "metrics">): Informers {
  const { kube: client, log, metrics } = deps;
  const common = { client, log, metrics };
  const ours = { ...common, labelSelector: `${LABELS.managedBy}=${MANAGED_BY}` };
  return {
    clusters: new Informer<ECSCluster>({
      ...common,
      resource: RESOURCES.ECSCluster,
      indexes: {
        [INDEX.clusterName]: (cluster) => one(clusterNameOfResource(cluster)),
        [INDEX.namespace]: (cluster) => one(namespaceOfResource(cluster)),
      },
    }),
    taskDefinitions: new Informer<ECSTaskDefinition>({
      ...common,
      resource: RESOURCES.ECSTaskDefinition,
      indexes: { [INDEX.family]: (definition) => one(definition.spec.family) },
    }),
    services: new Informer<ECSService>({
      ...common,
      resource: RESOURCES.ECSService,
      indexes: {
        [INDEX.cluster]: clusterIndexValues,
        [INDEX.family]: byFamily,
        [INDEX.alarm]: ({ spec }) => spec.deploymentConfiguration?.alarms?.alarmNames ?? [],
        [INDEX.serviceName]: (service) => one(serviceNameOf(service)),
        [INDEX.traffic]: sharedNames,
        [INDEX.connected]: ({ spec }) => (isConnected(spec.serviceConnectConfiguration) ? ["yes"] : []),
        [INDEX.service]: (service) => [`${service.metadata.namespace ?? ""}/${labelValue(serviceNameOf(service))}`],
        [INDEX.serviceObject]: ({ metadata }) => [`${metadata.namespace ?? ""}/${labelValue(metadata.name ?? "")}`],
      },
    }),
    taskSets: new Informer<ECSTaskSet>({
      ...common,
      resource: RESOURCES.ECSTaskSet,
      indexes: {
        [INDEX.family]: byFamily,
        [INDEX.service]: (each) => [`${each.metadata.namespace ?? ""}/${labelValue(serviceOfTaskSet(each))}`],
        [INDEX.deployment]: (each) => one(taskSetDigits(each)),
      },
    }),
    alarms: new Informer<ECSAlarm>({
      ...common,
      resource: RESOURCES.ECSAlarm,
      indexes: {
        [INDEX.alarm]: (alarm) => one(alarmNameOf(alarm)),
        [INDEX.alarmAction]: ({ spec }) => [...new Set((spec.alarmActions ?? []).map(referenceOfAction))],
      },
    }),
    serviceDeployments: new Informer<ECSServiceDeployment>({
      ...common,
      resource: RESOURCES.ECSServiceDeployment,
      indexes: { [INDEX.owner]: byOwner },
    }),
    serviceRevisions: new Informer<ECSServiceRevision>({
      ...common,
      resource: RESOURCES.ECSServiceRevision,
      indexes: { [INDEX.owner]: byOwner },
    }),
    tasks: new Informer<ECSTask>({
      ...common,
      resource: RESOURCES.ECSTask,
      indexes: {
        [INDEX.cluster]: clusterIndexValues,
        [INDEX.family]: byFamily,
        [INDEX.owner]: byOwner,
        [INDEX.service]: byServiceLabels,
        [INDEX.deployment]: label(LABELS.deployment),
      },
    }),
    schedules: new Informer<ECSSchedule>({
      ...common,
      resource: RESOURCES.ECSSchedule,
      indexes: { [INDEX.scheduleArn]: (schedule) => [arnIndex(schedule)] },
    }),
    scalableTargets: new Informer<ECSScalableTarget>({
      ...common,
      resource: RESOURCES.ECSScalableTarget,
      indexes: { [INDEX.service]: ({ metadata, spec }) => [`${metadata.namespace ?? ""}/${spec.service}`] },
    }),
    pods: new Informer<Pod>({
      ...ours,
      resource: RESOURCE.pods,
      transform: leanPod,
      indexes: {
        [INDEX.owner]: byOwner,
        [INDEX.service]: byServiceLabels,
        [INDEX.serviceObject]: byServiceObject,
        [INDEX.task]: byTask,
        [INDEX.node]: ({ spec }) => one(spec?.nodeName),
        [INDEX.deployment]: label(LABELS.deployment),
      },
    }),
    replicaSets: new Informer<ReplicaSet>({
      ...ours,
      resource: RESOURCE.replicasets,
      indexes: { [INDEX.owner]: byOwner },
    }),
    deployments: new Informer<Deployment>({
      ...ours,
      resource: RESOURCE.deployments,
      indexes: { [INDEX.owner]: byOwner },
    }),
    autoscalers: new Informer<HorizontalPodAutoscaler>({
      ...ours,
      resource: RESOURCE.horizontalpodautoscalers,
      indexes: {},
    }),
    daemonSets: new Informer<DaemonSet>({
      ...ours,
      resource: RESOURCE.daemonsets,
      indexes: { [INDEX.owner]: byOwner },
    }),
    kubeServices: new Informer<Service>({
      ...ours,
      resource: RESOURCE.services,
      indexes: { [INDEX.anyOwner]: ({ metadata }) => (metadata?.ownerReferences ?? []).map(({ uid }) => uid) },
    }),
    discoveryNamespaces: new Informer<ECSDiscoveryNamespace>({
      ...common,
      resource: DISCOVERY_RESOURCES.ECSDiscoveryNamespace,
      indexes: {},
    }),
    discoveryServices: new Informer<ECSDiscoveryService>({
      ...common,
      resource: DISCOVERY_RESOURCES.ECSDiscoveryService,
      indexes: {},
    }),
    nodes: new Informer<Node>({ ...common, resource: RESOURCE.nodes, indexes: {} }),
    namespaces: new Informer<Namespace>({ ...common, resource: RESOURCE.namespaces, indexes: {} }),
    capacityProviders: new Informer<ECSCapacityProvider>({
      ...common,
      resource: RESOURCES.ECSCapacityProvider,
      indexes: { [INDEX.providerName]: (provider) => [providerNameOf(provider)] },
    }),
  };
}
