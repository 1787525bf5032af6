import { LRUCache } from "lru-cache";
import { instanceIdOf } from "#lib/ecs/placement/instance-facts.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { type Node, RESOURCE } from "#lib/kube/resources.ts";

/** Asks for the instance ids of nodes. A node's name may come back as another machine, so they are asked again. */
const KEEP_MS = 600_000;
const MAX_NODES = 10_000;

/** @returns gives the instance id of a node by its name; undefined where that cannot be told now */
export function instanceIds(kube: KubeClient): (node: string, signal: AbortSignal) => Promise<string | undefined> {
  const known = new LRUCache<string, string>({ max: MAX_NODES, ttl: KEEP_MS });
  return async (name, signal) => {
    const found = known.get(name);
    if (found !== undefined || name === "") return found;
    try {
      const id = instanceIdOf(await kube.get<Node>(RESOURCE.nodes, { name }, { signal }));
      known.set(name, id);
      return id;
    } catch {
      signal.throwIfAborted();
      return undefined; // the logs are more important
    }
  };
}
