import type { Identity } from "#lib/ecs/arns.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Projector } from "#projector/projector.ts";
import type { ReadCache } from "#projector/read-cache.ts";
import type { Store } from "#projector/store.ts";
import type { ProjectedResource } from "#projector/tables.ts";
import { type Verification, verifyView } from "#projector/verify.ts";

export interface VerifyRouteOptions {
  readonly store: Store;
  readonly cache: ReadCache;
  readonly identity: Identity;
  readonly kube: KubeClient;
  readonly projector: Pick<Projector, "waitFor">;
}

/** How long the view may take to come to what was listed, before it counts as stale. */
const REACH_TIMEOUT_MS = 5_000;

/** `GET /verify`: the view compared with the cluster. */
export function verifyRoute(options: VerifyRouteOptions, signal: AbortSignal): Promise<Verification> {
  const { store, cache, identity, kube, projector } = options;
  return verifyView({
    store,
    cache,
    identity,
    async list(kind) {
      const { items, metadata } = await kube.list<ProjectedResource>(RESOURCES[kind], { signal });
      return { items, resourceVersion: metadata.resourceVersion ?? "0" };
    },
    reach: (resource, resourceVersion) => projector.waitFor({ resource, resourceVersion }, REACH_TIMEOUT_MS),
  });
}
