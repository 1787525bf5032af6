import type { DiscoveryHandler } from "../operation.ts";
import { tagsOf } from "../tags.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_ListTagsForResource.html */
export const listTagsForResource: DiscoveryHandler<"ListTagsForResource"> = async ({ ResourceARN }, deps, signal) => ({
  Tags: (await tagsOf(deps, ResourceARN, signal)).tags,
});

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_TagResource.html */
export const tagResource: DiscoveryHandler<"TagResource"> = async ({ ResourceARN, Tags }, deps, signal) => {
  const { tags, replace } = await tagsOf(deps, ResourceARN, signal);
  await replace([...new Map([...tags, ...Tags].map((tag) => [tag.Key, tag])).values()]);
  return {};
};
