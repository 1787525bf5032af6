import type { KubeClient } from "#lib/kube/client.ts";
import { compareResourceVersions, type KubeObject, type ResourceType } from "#lib/kube/resources.ts";

/** Objects that are looked at; of more kinds have too many to be listed at every start. */
const LOOKED_AT = 500;

/**
 * A version of a kind that a watch has to reach to have told of everything that is there. Of a few objects that is the
 * newest one's own version, which the watch tells of as soon as it is sent; of many the list's, which moves with every
 * write to any kind: a watch on which nothing comes learns of it by a bookmark. "0" where there are none.
 */
export async function headOf(client: KubeClient, resource: ResourceType, signal: AbortSignal): Promise<string> {
  const { items, metadata } = await client.list<KubeObject>(resource, { limit: LOOKED_AT, signal });
  if (metadata.continue !== undefined && metadata.continue !== "") return metadata.resourceVersion;
  return items
    .map((item) => item.metadata?.resourceVersion ?? "0")
    .reduce((newest, version) => (compareResourceVersions(version, newest) > 0 ? version : newest), "0");
}
