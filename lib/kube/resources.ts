import type {
  CoreV1Event,
  V1ConfigMap,
  V1CustomResourceDefinition,
  V1DaemonSet,
  V1Deployment,
  V1Ingress,
  V1Lease,
  V1Namespace,
  V1Node,
  V1ObjectMeta,
  V1OwnerReference,
  V1PersistentVolumeClaim,
  V1Pod,
  V1ReplicaSet,
  V1Secret,
  V1Service,
  V2HorizontalPodAutoscaler,
} from "@kubernetes/client-node";

/** What it takes to address a kind of the Kubernetes API. */
export interface ResourceType {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Name in URLs, for example `deployments`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Name of one object, with its namespace where the kind has one. */
export interface ObjectRef {
  namespace?: string | undefined;
  name: string;
}

/**
 * client-node's types describe objects after its own decoding; this client leaves JSON as it is on the wire, so
 * every time is an RFC 3339 string.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Member in keyof T]: Wire<T[Member]> }
      : T;

export type ObjectMeta = Wire<V1ObjectMeta>;
export type OwnerReference = Wire<V1OwnerReference>;
export type ConfigMap = Wire<V1ConfigMap>;
export type CustomResourceDefinition = Wire<V1CustomResourceDefinition>;
export type DaemonSet = Wire<V1DaemonSet>;
export type Deployment = Wire<V1Deployment>;
export type Event = Wire<CoreV1Event>;
export type HorizontalPodAutoscaler = Wire<V2HorizontalPodAutoscaler>;
export type Ingress = Wire<V1Ingress>;
export type Lease = Wire<V1Lease>;
export type Namespace = Wire<V1Namespace>;
export type Node = Wire<V1Node>;
export type PersistentVolumeClaim = Wire<V1PersistentVolumeClaim>;
export type Pod = Wire<V1Pod>;
export type ReplicaSet = Wire<V1ReplicaSet>;
export type Secret = Wire<V1Secret>;
export type Service = Wire<V1Service>;

/** The least that every object has; typed loosely enough that client-node's and our own types fit. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: KubeMeta;
}

export interface KubeMeta {
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  creationTimestamp?: string | Date;
  deletionTimestamp?: string | Date;
}

function type(group: string, version: string, kind: string, plural: string, namespaced = true): ResourceType {
  return Object.freeze({ group, version, kind, plural, namespaced });
}

/** Kubernetes' own kinds that the project touches, by the name that URLs have. */
export const RESOURCE = {
  configmaps: type("", "v1", "ConfigMap", "configmaps"),
  events: type("", "v1", "Event", "events"),
  namespaces: type("", "v1", "Namespace", "namespaces", false),
  nodes: type("", "v1", "Node", "nodes", false),
  persistentvolumeclaims: type("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
  pods: type("", "v1", "Pod", "pods"),
  secrets: type("", "v1", "Secret", "secrets"),
  services: type("", "v1", "Service", "services"),
  daemonsets: type("apps", "v1", "DaemonSet", "daemonsets"),
  deployments: type("apps", "v1", "Deployment", "deployments"),
  replicasets: type("apps", "v1", "ReplicaSet", "replicasets"),
  horizontalpodautoscalers: type("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
  ingresses: type("networking.k8s.io", "v1", "Ingress", "ingresses"),
  httproutes: type("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"),
  leases: type("coordination.k8s.io", "v1", "Lease", "leases"),
  customresourcedefinitions: type(
    "apiextensions.k8s.io",
    "v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    false,
  ),
} as const;

/** `apiVersion` of a kind: `v1`, `apps/v1`. */
export function apiVersionOf(resource: ResourceType): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * URL path of a kind's objects: of all namespaces, of one, or of one object and its subresource.
 * @throws TypeError when a name is empty or a namespaced object lacks its namespace, which would address another thing.
 */
export function resourcePath(resource: ResourceType, ref: Partial<ObjectRef> = {}, subresource?: string): string {
  const parts = resource.group === "" ? ["/api", resource.version] : ["/apis", resource.group, resource.version];
  if (resource.namespaced && ref.namespace !== undefined) parts.push("namespaces", encodeURIComponent(ref.namespace));
  parts.push(resource.plural);
  if (ref.name !== undefined) {
    if (ref.name === "" || (resource.namespaced && !ref.namespace)) {
      throw new TypeError(`${resource.kind} "${ref.name}" needs ${ref.name === "" ? "a name" : "a namespace"}`);
    }
    parts.push(encodeURIComponent(ref.name));
  }
  if (subresource !== undefined) parts.push(subresource);
  return parts.join("/");
}

/**
 * Where an object is, from its metadata.
 * @throws TypeError when it has no name.
 */
export function refOf(object: KubeObject): { namespace?: string; name: string } {
  const { name, namespace } = object.metadata ?? {};
  if (!name) throw new TypeError(`${object.kind ?? "object"} has no metadata.name`);
  return namespace === undefined ? { name } : { namespace, name };
}

/** `namespace/name`, or `name` of a cluster-scoped object: the key of caches and work queues. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
}

/** The reverse of {@link keyOf}. */
export function parseKey(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Orders two resourceVersions of one kind: negative when `a` is older. They are decimal numbers without leading
 * zeros that may exceed 2^53, hence length first.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
 */
export function compareResourceVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
