import { containerInstanceArn, parseArn } from "#lib/ecs/arns.ts";
import { containerInstanceId } from "#lib/ecs/describe/container-instance.ts";
import { isDeregistered } from "#lib/ecs/node-state.ts";
import { type Node, RESOURCE } from "#lib/kube/resources.ts";
import type { Call, Deps } from "../operation.ts";

export { containerInstanceId } from "#lib/ecs/describe/container-instance.ts";

/** The nodes, which are the container instances of every cluster, in the order of their ids. */
export async function listNodes({ kube }: Pick<Deps, "kube">, { signal }: Pick<Call, "signal">): Promise<Node[]> {
  const { items } = await kube.list<Node>(RESOURCE.nodes, { signal });
  const ids = new Map(items.map((node) => [node, containerInstanceId(node)]));
  return items.toSorted((a, b) => ((ids.get(a) ?? "") < (ids.get(b) ?? "") ? -1 : 1));
}

/** The container instances that are registered: INACTIVE ones can be described, and nothing else. */
export async function listRegistered(deps: Pick<Deps, "kube">, call: Pick<Call, "signal">): Promise<Node[]> {
  return (await listNodes(deps, call)).filter((node) => !isDeregistered(node));
}

/** ARN of a node as a container instance of a cluster. */
export function instanceArn(node: Node, { identity }: Pick<Deps, "identity">, cluster: string): string {
  return containerInstanceArn(identity, cluster, containerInstanceId(node));
}

/**
 * The node that a container instance reference means: its ARN, its id, or the node's name.
 * @returns undefined where no node is meant.
 */
export function findNode(nodes: readonly Node[], reference: string): Node | undefined {
  const id = parseArn(reference)?.path.at(-1) ?? reference;
  return nodes.find((node) => containerInstanceId(node) === id || node.metadata?.name === id);
}

/** Why a node cannot take a task now, as the reason of a failure in ECS's terms; undefined where it can. */
export function reasonNotToStart(node: Node): { reason: string; detail: string } | undefined {
  const name = node.metadata?.name ?? "";
  if (isDeregistered(node)) return { reason: "INACTIVE", detail: `node ${name} is deregistered` };
  if (node.spec?.unschedulable === true) return { reason: "INACTIVE", detail: `node ${name} is cordoned` };
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  return ready?.status === "True" ? undefined : { reason: "AGENT", detail: `node ${name} is not Ready` };
}
