import type { Tag } from "#model/generated/types.generated.ts";
import type { KubeObject, Node } from "../kube/resources.ts";

/** On a node: its services' tasks are to be replaced elsewhere, as UpdateContainerInstancesState asks. */
export const DRAIN_ANNOTATION = "kecs.io/drain";
/** A node with this taint is no container instance any more. Tasks that are there go on; new Pods keep away. */
export const DEREGISTERED_TAINT = "kecs.io/deregistered";
/** On a node: the tags of its container instance, as JSON. */
export const TAGS_ANNOTATION = "kecs.io/tags";

/** The tags of a node's container instance; none where what the annotation says is no list of tags. */
export function nodeTags({ metadata }: KubeObject): Tag[] {
  try {
    const tags: unknown = JSON.parse(metadata?.annotations?.[TAGS_ANNOTATION] ?? "[]");
    return Array.isArray(tags) ? tags.filter(isTag).map(({ key, value }) => ({ key, value })) : [];
  } catch {
    return []; // someone else wrote there
  }
}

function isTag(tag: unknown): tag is { key: string; value: string } {
  const { key, value } = (tag ?? {}) as { key?: unknown; value?: unknown };
  return typeof key === "string" && typeof value === "string";
}

/**
 * Whether the tasks of services are to leave a node. One that is only cordoned keeps them; what a `kubectl uncordon`
 * leaves of an earlier drain means nothing.
 */
export function isToBeDrained({ spec, metadata }: Node): boolean {
  return spec?.unschedulable === true && metadata?.annotations?.[DRAIN_ANNOTATION] !== undefined;
}

/** Whether a node was taken out of ECS by DeregisterContainerInstance. */
export function isDeregistered(node: KubeObject & Pick<Node, "spec">): boolean {
  return node.spec?.taints?.some(({ key }) => key === DEREGISTERED_TAINT) ?? false;
}
