import type { ECSCapacityProvider } from "#model/generated/resources.generated.ts";
import type { KubeObject } from "../kube/resources.ts";
import { isFargateProvider } from "./capacity.ts";
import { LABELS, labelValue } from "./labels.ts";

/** @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export type Toleration = NonNullable<ECSCapacityProvider["spec"]["tolerations"]>[number];

/** The nodes that a capacity provider stands for, and what its tasks need to run there. */
export interface NodePool {
  /** ECS name of the capacity provider. */
  readonly name: string;
  /** Labels that its nodes have; none means any node. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  /** An autoscaler is not to remove a node while a task runs there (`managedTerminationProtection`). */
  readonly keepsNodes: boolean;
}

/** The ECS name of a capacity provider's resource. */
export function providerNameOf({ spec, metadata }: ECSCapacityProvider): string {
  return spec.name ?? metadata.name ?? "";
}

export function nodePoolOf(name: string, resource: ECSCapacityProvider): NodePool;
export function nodePoolOf(name: string, resource: ECSCapacityProvider | undefined): NodePool | undefined;
/**
 * The nodes of a capacity provider. FARGATE and FARGATE_SPOT are there without a resource, and are any node then.
 * @returns undefined where there is no such provider.
 */
export function nodePoolOf(name: string, resource: ECSCapacityProvider | undefined): NodePool | undefined {
  if (resource === undefined && !isFargateProvider(name)) return undefined;
  const { nodeSelector, tolerations = [], autoScalingGroupProvider } = resource?.spec ?? {};
  const value = labelValue(name);
  const own: Toleration = { key: LABELS.capacityProvider, operator: "Equal", value };
  return {
    name,
    nodeSelector: nodeSelector ?? (isFargateProvider(name) ? {} : { [LABELS.capacityProvider]: value }),
    tolerations: [own, ...tolerations],
    keepsNodes: autoScalingGroupProvider?.managedTerminationProtection === "ENABLED",
  };
}

/** Whether a node is one of a pool's. */
export function isInPool({ metadata }: KubeObject, { nodeSelector }: NodePool): boolean {
  return Object.entries(nodeSelector).every(([label, value]) => metadata?.labels?.[label] === value);
}

/**
 * ECS name of the capacity provider that a node belongs to: the first by name that says which nodes are its.
 * @returns undefined for a node of none.
 */
export function providerOfNode(node: KubeObject, resources: readonly ECSCapacityProvider[]): string | undefined {
  const pools = resources.map((resource) => nodePoolOf(providerNameOf(resource), resource));
  const own = pools.filter((pool) => Object.keys(pool.nodeSelector).length > 0 && isInPool(node, pool));
  return own.map(({ name }) => name).sort()[0];
}

/** Of several resources with one ECS name the oldest counts. */
export function oldestProvider(resources: readonly ECSCapacityProvider[]): ECSCapacityProvider | undefined {
  return [...resources].sort((a, b) => age(a).localeCompare(age(b)))[0];
}

function age({ metadata }: ECSCapacityProvider): string {
  return `${metadata.creationTimestamp ?? "9"} ${metadata.name ?? ""}`;
}
