import {
  type DaemonSet,
  type Deployment,
  type Event,
  type Pod,
  type ReplicaSet,
  RESOURCE,
} from "#lib/kube/resources.ts";

/** Kubernetes' own kinds whose changes are kept: what ECS resources become, and what is said of that. */
export const KUBERNETES_KINDS = {
  Pod: RESOURCE.pods,
  Deployment: RESOURCE.deployments,
  DaemonSet: RESOURCE.daemonsets,
  ReplicaSet: RESOURCE.replicasets,
  Event: RESOURCE.events,
} as const;

export type KubernetesKind = keyof typeof KUBERNETES_KINDS;

export type KubernetesObject =
  | ({ kind: "Pod" } & Pod)
  | ({ kind: "Deployment" } & Deployment)
  | ({ kind: "DaemonSet" } & DaemonSet)
  | ({ kind: "ReplicaSet" } & ReplicaSet)
  | ({ kind: "Event" } & Event);
