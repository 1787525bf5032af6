import { isConflict } from "#lib/kube/errors.ts";
import { type Node, RESOURCE } from "#lib/kube/resources.ts";
import type { Call, Deps } from "../operation.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

/** Kubelets write to their nodes all the time. */
const ATTEMPTS = 10;

interface NodePatch {
  readonly spec?: object;
  readonly metadata?: object;
}

/**
 * Changes a node on top of what the API server has now: `change` gives a merge patch.
 * @throws KubeError `NotFound` where the node has gone.
 */
export async function changeNode(
  name: string,
  change: (node: Node) => NodePatch,
  { kube }: Pick<Deps, "kube">,
  { signal }: Pick<Call, "signal">,
): Promise<Node> {
  for (let attempt = 1; ; attempt++) {
    const node = await kube.get<Node>(RESOURCE.nodes, { name }, { signal });
    const patch = change(node);
    const { uid, resourceVersion } = node.metadata ?? {};
    const body = { ...patch, metadata: { ...patch.metadata, uid, resourceVersion } };
    try {
      return await kube.mergePatch<Node>(RESOURCE.nodes, { name }, body, { fieldManager: FIELD_MANAGER, signal });
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}
