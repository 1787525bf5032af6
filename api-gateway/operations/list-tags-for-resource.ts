import { requireTaggable } from "../common/taggable.ts";
import { isInstanceArn, tagsOfInstance } from "../container-instances/instance-tags.ts";
import type { Handler } from "../operation.ts";

/**
 * Lists the tags of a cluster, service, task, task definition, capacity provider or container instance.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTagsForResource.html
 */
export const listTagsForResource: Handler<"ListTagsForResource"> = async (input, deps, call) => {
  if (isInstanceArn(input.resourceArn)) return { tags: await tagsOfInstance(input.resourceArn, deps, call) };
  const { arn } = await requireTaggable(deps, input.resourceArn);
  return { tags: (await deps.queries.tags(arn)) ?? [] };
};
