import { parseArn } from "#lib/ecs/arns.ts";
import { nodeTags, TAGS_ANNOTATION } from "#lib/ecs/node-state.ts";
import { EcsError } from "#lib/errors.ts";
import type { Node } from "#lib/kube/resources.ts";
import type { Tag } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import type { Call, Deps } from "../operation.ts";
import { changeNode } from "./change-node.ts";
import { findNode, listRegistered } from "./container-instances.ts";

/** Whether an ARN, with its cluster, is a container instance's: those have their tags on their nodes. */
export function isInstanceArn(resourceArn: string): boolean {
  const { type, path = [] } = parseArn(resourceArn) ?? {};
  return type === "container-instance" && path.length === 2;
}

/** The tags of the container instance of an ARN. @throws EcsError as {@link requireNode}. */
export async function tagsOfInstance(resourceArn: string, deps: Deps, call: Call): Promise<Tag[]> {
  return nodeTags(await requireNode(resourceArn, deps, call));
}

/**
 * Changes the tags of the container instance of an ARN; a node has them in every cluster.
 * @throws EcsError as {@link requireNode}, and what `change` throws.
 */
export async function tagInstance(
  resourceArn: string,
  change: (tags: readonly Tag[]) => Tag[],
  deps: Deps,
  call: Call,
): Promise<void> {
  const { metadata } = await requireNode(resourceArn, deps, call);
  const changed = (node: Node) => {
    const tags = change(nodeTags(node));
    return { metadata: { annotations: { [TAGS_ANNOTATION]: tags.length > 0 ? JSON.stringify(tags) : null } } };
  };
  await changeNode(metadata?.name ?? "", changed, deps, call);
}

/** @throws EcsError `ClusterNotFoundException` or `ResourceNotFoundException`. */
async function requireNode(resourceArn: string, deps: Deps, call: Call): Promise<Node> {
  const [cluster, id = ""] = parseArn(resourceArn)?.path ?? [];
  await requireCluster(deps, cluster);
  const node = findNode(await listRegistered(deps, call), id);
  if (node === undefined) {
    throw new EcsError("ResourceNotFoundException", "The specified container instance was not found.");
  }
  return node;
}
