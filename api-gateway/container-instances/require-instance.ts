import { isDeregistered } from "#lib/ecs/node-state.ts";
import { invalidParameter } from "#lib/errors.ts";
import type { Node } from "#lib/kube/resources.ts";
import { shortNameOf } from "../common/references.ts";
import type { Call, Deps } from "../operation.ts";
import { findNode, listNodes } from "./container-instances.ts";

/**
 * The node that a call about one container instance means.
 * @param cluster ECS name.
 * @throws EcsError `InvalidParameterException` where there is none, or it is INACTIVE.
 */
export async function requireInstance(reference: string, cluster: string, deps: Deps, call: Call): Promise<Node> {
  const node = findNode(await listNodes(deps, call), shortNameOf("container-instance", reference, cluster));
  if (node === undefined) throw invalidParameter(`The referenced container instance was not found: ${reference}`);
  if (isDeregistered(node)) throw invalidParameter("The referenced container instance was inactive.");
  return node;
}
