import { createHash } from "node:crypto";

/** API group, version and kinds of the custom resources. */
export const GROUP = "ecs.kecs.io";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/**
 * Labels on Kubernetes objects. Values are ECS names, shortened by {@link labelValue}: they select, annotations tell.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export const LABELS = {
  managedBy: "app.kubernetes.io/managed-by",
  cluster: "kecs.io/cluster",
  service: "kecs.io/service",
  /** Name of the ECSService resource, by which its Deployment selects: unlike the ECS names it can never change. */
  serviceObject: "kecs.io/service-object",
  /** Id of the ECS task: the name of its ECSTask. */
  task: "kecs.io/task",
  /** `group` of a task of RunTask. */
  taskGroup: "kecs.io/task-group",
  taskFamily: "kecs.io/task-family",
  taskRevision: "kecs.io/task-revision",
  /** Id of the ECS deployment that a Pod of a service belongs to (the digits after `ecs-svc/`). */
  deployment: "kecs.io/deployment",
  /** Id of the service deployment that has chosen the Pod to get a share of production traffic while that is shifted by steps. */
  trafficShare: "kecs.io/traffic-share",
  /** Of a node and a Pod: name of the capacity provider. A taint of that key keeps a node for its provider's tasks. */
  capacityProvider: "kecs.io/capacity-provider",
} as const;

/** Value of {@link LABELS.managedBy} on everything that the operator makes. */
export const MANAGED_BY = "kecs";

export const ANNOTATIONS = {
  clusterArn: "kecs.io/cluster-arn",
  serviceArn: "kecs.io/service-arn",
  taskArn: "kecs.io/task-arn",
  taskDefinitionArn: "kecs.io/task-definition-arn",
  /** `clientToken` of the call that made the object. */
  clientToken: "kecs.io/client-token",
  /** SHA-256 of the call's input without its clientToken: tells a repeated call from a different one. */
  requestHash: "kecs.io/request-hash",
  /** Time of the last `forceNewDeployment`; a new value rolls the service out again. */
  forcedDeployment: "kecs.io/forced-deployment",
  createdBy: "kecs.io/created-by",
  /** Of a Pod: whole name of the capacity provider that its task runs on. */
  capacityProvider: "kecs.io/capacity-provider",
  /** Of a capacity provider: why the last DeleteCapacityProvider was in vain. */
  deletionFailed: "kecs.io/deletion-failed",
  /** Of an ECSScalableTarget: time of the last RegisterScalableTarget; a new value puts its capacities in force again. */
  registeredAt: "kecs.io/registered-at",
  /** Of a task: the ECSSchedule that started it, as `namespace/name`, and the moment that it did so for (RFC 3339). */
  schedule: "kecs.io/schedule",
  scheduledTime: "kecs.io/scheduled-time",
  /** Of a Pod: where the output of its containers with `awslogs` goes. */
  logDestinations: "kecs.io/log-destinations",
  /** Of a Pod: containers whose output its log router gets (FireLens). */
  logRoutes: "kecs.io/log-routes",
  /** Of a Pod: configuration of its log router, which mounts it. */
  logRouterConfig: "kecs.io/log-router-config",
  /** On a Service: the name in ECS that it stands for. */
  dnsName: "kecs.io/dns-name",
  /** On the Service of a registry: its ARN. */
  registryArn: "kecs.io/registry-arn",
  /** On the Service of a target group: its ARN, and how it can be reached. */
  targetGroupArn: "kecs.io/target-group-arn",
  /** On an ECSService: how its target groups can be reached; on their Services: how they were made to be. */
  exposure: "kecs.io/target-group-exposure",
  /** On an ECSService: host names of its target groups' Ingresses or HTTPRoutes, with commas. */
  hostnames: "kecs.io/target-group-hostnames",
  /** On an ECSService: port of its target groups' Services, where it is not 80. */
  targetGroupPort: "kecs.io/target-group-port",
  /** On an ECSService: seconds for which its tasks go on after they get no new traffic. */
  deregistrationDelay: "kecs.io/deregistration-delay",
  /** On a Deployment, and so on its ReplicaSets: hash of the Pod template, which tells the new ReplicaSet from old ones. */
  templateHash: "kecs.io/template-hash",
} as const;

/** Keeps a service until its tasks have stopped. */
export const SERVICE_FINALIZER = "kecs.io/drain";
/** Keeps a task definition while services or tasks refer to it. */
export const TASK_DEFINITION_FINALIZER = "kecs.io/task-definition-protection";

const LABEL_MAX = 63;

/** First `length` hex digits of the SHA-256 of `text`: stable across processes and machines. */
export function shortHash(text: string, length = 8): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}

/**
 * An ECS name as a label value: itself where the syntax allows it (letters, digits, `-`, `_`, `.`, at most 63,
 * alphanumeric ends), else shortened with a hash so that two names never share a value.
 */
export function labelValue(name: string): string {
  if (name.length <= LABEL_MAX && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name)) return name;
  const safe = name.replace(/[^-A-Za-z0-9_.]/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return `${safe.slice(0, LABEL_MAX - 9)}-${shortHash(name)}`.replace(/^-/, "x-");
}
