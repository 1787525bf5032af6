import { discoveryId } from "#lib/ecs/traffic/discovery.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import type { KubeMeta, KubeObject } from "#lib/kube/resources.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import type { Tag } from "#model/generated/servicediscovery/types.generated.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { resourceNotFound } from "./errors.ts";
import type { DiscoveryDeps } from "./operation.ts";

interface Tagged extends KubeObject {
  readonly metadata: KubeMeta;
  readonly spec: { readonly tags?: readonly { key: string; value?: string }[] };
}

/** The tags of a namespace or service, and what replaces them. @throws EcsError `ResourceNotFoundException` */
export async function tagsOf(
  { kube }: Pick<DiscoveryDeps, "kube">,
  arn: string,
  signal: AbortSignal,
): Promise<{ tags: Tag[]; replace: (tags: readonly Tag[]) => Promise<void> }> {
  const namespace = discoveryId("namespace", arn);
  const service = discoveryId("service", arn);
  const name = namespace ?? service;
  if (name === undefined) throw resourceNotFound(arn);
  const resource =
    namespace === undefined ? DISCOVERY_RESOURCES.ECSDiscoveryService : DISCOVERY_RESOURCES.ECSDiscoveryNamespace;
  try {
    const { metadata, spec } = await kube.get<Tagged>(resource, { name }, { signal });
    const { uid, resourceVersion } = metadata;
    return {
      tags: (spec.tags ?? []).map(({ key, value = "" }) => ({ Key: key, Value: value })),
      async replace(tags) {
        const body = { metadata: { uid, resourceVersion }, spec: { tags: toSpecTags(tags) } };
        await kube.mergePatch(resource, { name }, body, { fieldManager: FIELD_MANAGER, signal });
      },
    };
  } catch (error) {
    throw isNotFound(error) ? resourceNotFound(arn) : error;
  }
}

/** Tags as the resources have them. */
export function toSpecTags(tags: readonly Tag[]): { key: string; value: string }[] {
  return tags.map(({ Key, Value }) => ({ key: Key, value: Value }));
}
