import type { DiscoveryHandler } from "../operation.ts";
import { tagsOf } from "../tags.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_UntagResource.html */
export const untagResource: DiscoveryHandler<"UntagResource"> = async ({ ResourceARN, TagKeys }, deps, signal) => {
  const { tags, replace } = await tagsOf(deps, ResourceARN, signal);
  await replace(tags.filter(({ Key }) => !TagKeys.includes(Key)));
  return {};
};
