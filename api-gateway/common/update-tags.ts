import type { KubeObject } from "#lib/kube/resources.ts";
import type { Tag } from "#model/generated/types.generated.ts";
import { isInstanceArn, tagInstance } from "../container-instances/instance-tags.ts";
import type { Call, Deps } from "../operation.ts";
import { requireTaggable } from "./taggable.ts";
import { updateSpec } from "./update-spec.ts";

interface Tagged extends KubeObject {
  readonly spec: { tags?: Tag[] };
}

/**
 * Changes the tags of the resource of an ARN.
 * @throws EcsError as `requireTaggable`, and what `change` throws.
 */
export async function updateTags(
  deps: Deps,
  resourceArn: string,
  change: (tags: readonly Tag[]) => Tag[],
  call: Call,
): Promise<void> {
  if (isInstanceArn(resourceArn)) return tagInstance(resourceArn, change, deps, call);
  const { resource, ref } = await requireTaggable(deps, resourceArn);
  await updateSpec<Tagged>(
    deps,
    {
      resource,
      ref: { namespace: ref.namespace, name: ref.name },
      change: ({ spec }) => ({ ...spec, tags: change(spec.tags ?? []) }),
    },
    call,
  );
}
