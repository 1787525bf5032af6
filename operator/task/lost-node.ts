import { instanceIdOf, isReady } from "#lib/ecs/placement/instance-facts.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type Node, type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { Deps } from "../deps.ts";
import type { LostNode, TaskState } from "./state.ts";

/** How long a Pod on a node that does not answer may be overdue before its task counts as stopped. */
const OVERDUE_MS = 30_000;

/** Whether the node of a task's Pod is lost, or when to look again. */
export interface NodeFinding {
  readonly lostNode?: LostNode;
  readonly lookAgainInMs?: number;
}

/**
 * Finds that the node of a Pod has been deleted, at once, or that it does not answer and has not ended the Pod in
 * time. A node that the cache does not know may be too new for it: the API server is asked before it counts as gone.
 */
export async function findLostNode(
  { task, pod, node }: TaskState,
  deps: Pick<Deps, "kube" | "informers" | "now">,
  signal: AbortSignal,
): Promise<NodeFinding> {
  const { kube, informers } = deps;
  const nodeName = pod === undefined ? task.status?.nodeName : pod.spec?.nodeName;
  if (nodeName === undefined || (pod && isOver(pod))) return {};
  const current = informers.nodes.get(undefined, nodeName);
  if (current !== undefined) return pod === undefined ? {} : overdue(pod, current, deps.now());
  try {
    await kube.get<Node>(RESOURCE.nodes, { name: nodeName }, { signal });
    return {};
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { lostNode: { instanceId: node === undefined ? nodeName : instanceIdOf(node), gone: true } };
  }
}

function isOver({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Judges a Pod that is to end on a node that may not answer. */
export function overdue({ metadata }: Pod, node: Node, now: Date): NodeFinding {
  if (metadata?.deletionTimestamp === undefined || isReady(node)) return {};
  const waitMs = Date.parse(metadata.deletionTimestamp) + OVERDUE_MS - now.getTime();
  return waitMs > 0 ? { lookAgainInMs: waitMs } : { lostNode: { instanceId: instanceIdOf(node), gone: false } };
}
