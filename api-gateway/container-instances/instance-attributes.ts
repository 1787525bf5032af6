import { ATTRIBUTE_PREFIX, BUILT_IN_ATTRIBUTES, isLabelKey, isLabelValue } from "#lib/ecs/placement/attributes.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import { type Node, RESOURCE } from "#lib/kube/resources.ts";
import type { Attribute } from "#model/generated/types.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { findNode, instanceArn } from "./container-instances.ts";
import { shortNameOf } from "../common/references.ts";

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html */
const MAX_CUSTOM = 10;

interface Change {
  readonly node: Node;
  readonly attribute: Attribute;
}

/**
 * Finds the nodes that attributes are about and checks that node labels can hold them.
 * @throws EcsError `TargetNotFoundException` or `InvalidParameterException`.
 */
export function changesOf(attributes: readonly Attribute[], nodes: readonly Node[], cluster: string): Change[] {
  return attributes.map((attribute) => {
    const { name, value = "", targetId = "" } = attribute;
    if (targetId === "") throw invalidParameter("targetId can not be blank.");
    if (name.includes("/") || BUILT_IN_ATTRIBUTES.includes(name) || name.startsWith("ecs.")) {
      throw invalidParameter(
        `The attribute ${name} cannot be changed: it is a label that Kubernetes or its users set.`,
      );
    }
    if (!isLabelKey(`${ATTRIBUTE_PREFIX}${name}`) || !isLabelValue(value)) {
      throw invalidParameter(
        `The attribute ${name} cannot be kept: names and values become a node's labels, with at most 63 letters, digits, '-', '_' and '.', that begin and end with a letter or digit.`,
      );
    }
    const node = findNode(nodes, shortNameOf("container-instance", targetId, cluster));
    if (node === undefined) {
      throw new EcsError("TargetNotFoundException", `The specified target wasn't found: ${targetId}`);
    }
    return { node, attribute };
  });
}

/**
 * Sets or removes attributes, which are labels of the nodes.
 * @returns them with the ARN of their target.
 * @throws EcsError `AttributeLimitExceededException`
 */
export async function labelNodes(
  changes: readonly Change[],
  labelOf: (attribute: Attribute) => string | null,
  { deps, call, cluster }: { deps: Deps; call: Call; cluster: string },
): Promise<Attribute[]> {
  const byNode = new Map<Node, Record<string, string | null>>();
  for (const { node, attribute } of changes) {
    const labels = byNode.get(node) ?? {};
    byNode.set(node, labels);
    labels[`${ATTRIBUTE_PREFIX}${attribute.name}`] = labelOf(attribute);
  }
  for (const [node, labels] of byNode) checkLimit({ ...node.metadata?.labels, ...labels });
  for (const [node, labels] of byNode) {
    const ref = { name: node.metadata?.name ?? "" };
    await deps.kube.mergePatch<Node>(RESOURCE.nodes, ref, { metadata: { labels } }, { signal: call.signal });
  }
  return changes.map(({ node, attribute: { name, value } }) => ({
    name,
    ...(value !== undefined && { value }),
    targetId: instanceArn(node, deps, cluster),
  }));
}

function checkLimit(labels: Readonly<Record<string, string | null>>): void {
  const custom = Object.entries(labels).filter(([key, value]) => key.startsWith(ATTRIBUTE_PREFIX) && value !== null);
  if (custom.length <= MAX_CUSTOM) return;
  const message = `You can apply up to ${MAX_CUSTOM} custom attributes for each resource.`;
  throw new EcsError("AttributeLimitExceededException", message);
}
