import { invalidParameter } from "#lib/errors.ts";
import { withoutTags } from "../common/tags.ts";
import { updateTags } from "../common/update-tags.ts";
import type { Handler } from "../operation.ts";

/**
 * Removes tags by their keys; keys that are not there are no error.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UntagResource.html
 */
export const untagResource: Handler<"UntagResource"> = async (input, deps, call) => {
  if (input.tagKeys.some((key) => key.toLowerCase().startsWith("aws:"))) {
    throw invalidParameter("Tag keys that start with aws: are reserved for system use and cannot be removed.");
  }
  await updateTags(deps, input.resourceArn, (tags) => withoutTags(tags, input.tagKeys), call);
  return {};
};
