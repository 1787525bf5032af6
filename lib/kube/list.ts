import type { KubeClient, ListOptions, ObjectList } from "./client.ts";
import { isGone } from "./errors.ts";
import type { KubeObject, ResourceType } from "./resources.ts";

/** Objects a page: bounds what the API server and we hold at once for one answer. */
const PAGE_SIZE = 500;
/** How often a list whose pages went stale halfway is begun anew. */
const MAX_RESTARTS = 3;

/**
 * All objects that match, read page by page from one consistent snapshot; `metadata.resourceVersion` is that
 * snapshot's, to watch on from.
 * @param kept what is kept of an object, before the next page is read: all of a large list as it is takes gigabytes
 * @throws KubeError
 */
export async function listAll<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  options: Omit<ListOptions, "limit" | "continue"> = {},
  kept: (object: T) => T = (object) => object,
): Promise<ObjectList<T>> {
  for (let restarts = 0; ; restarts++) {
    try {
      return await pages<T>(client, resource, options, kept);
    } catch (error) {
      if (!isGone(error) || restarts >= MAX_RESTARTS) throw error;
    }
  }
}

async function pages<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  options: ListOptions,
  kept: (object: T) => T,
): Promise<ObjectList<T>> {
  let page = await client.list<T>(resource, { ...options, limit: PAGE_SIZE });
  const items = page.items.map(kept);
  while (page.metadata.continue) {
    page = await client.list<T>(resource, { ...options, limit: PAGE_SIZE, continue: page.metadata.continue });
    for (const item of page.items) items.push(kept(item));
  }
  return { items, metadata: { resourceVersion: page.metadata.resourceVersion } };
}
