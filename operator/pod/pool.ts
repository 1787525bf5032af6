import { ANNOTATIONS, LABELS, labelValue } from "#lib/ecs/labels.ts";
import type { NodePool } from "#lib/ecs/node-pool.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { PodSpec } from "./kubernetes-types.ts";

/** Keeps a Pod from the scheduler until the operator has chosen its capacity provider. */
export const CAPACITY_GATE = "kecs.io/capacity-provider";

/** By these an autoscaler knows that it is not to remove a Pod's node. */
const KEEP_NODE = {
  "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
  "karpenter.sh/do-not-disrupt": "true",
};

/** True for a Pod whose capacity provider is still to be chosen. */
export function isUndecided({ spec }: Pod): boolean {
  return spec?.schedulingGates?.some(({ name }) => name === CAPACITY_GATE) ?? false;
}

/** A label that no node has. */
const NO_NODE = "kecs.io/no-node";

/**
 * What a Pod needs besides to run on the nodes of a capacity provider.
 * @param selector what it asks of its node already. Where that contradicts the provider's labels, no node will do.
 */
export function schedulingOf(
  pool: NodePool | undefined,
  selector: Readonly<Record<string, string>> = {},
): Pick<PodSpec, "nodeSelector" | "tolerations"> {
  if (pool === undefined) return {};
  const labels = Object.entries(pool.nodeSelector);
  const contradicted = labels.some(([label, value]) => (selector[label] ?? value) !== value);
  const nodeSelector = {
    ...Object.fromEntries(labels.filter(([label]) => selector[label] === undefined)),
    ...(contradicted && { [NO_NODE]: "" }),
  };
  return {
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(pool.tolerations.length > 0 && { tolerations: pool.tolerations.map((each) => ({ ...each })) }),
  };
}

/** What a Pod says of its capacity provider. */
export function providerMetadata(name: string | undefined): {
  labels: Record<string, string>;
  annotations: Record<string, string>;
} {
  if (name === undefined) return { labels: {}, annotations: {} };
  return {
    labels: { [LABELS.capacityProvider]: labelValue(name) },
    annotations: { [ANNOTATIONS.capacityProvider]: name },
  };
}

/** What a Pod says to the autoscaler of its nodes. */
export function autoscalerAnnotations(pool: NodePool | undefined): Record<string, string> {
  return pool?.keepsNodes === true ? KEEP_NODE : {};
}
