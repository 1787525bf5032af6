import { withTags } from "../common/tags.ts";
import { updateTags } from "../common/update-tags.ts";
import type { Handler } from "../operation.ts";

/**
 * Adds tags to a cluster, service, task, task definition, capacity provider or container instance; of a key that is there already the value changes.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html
 */
export const tagResource: Handler<"TagResource"> = async (input, deps, call) => {
  await updateTags(deps, input.resourceArn, (tags) => withTags(tags, input.tags), call);
  return {};
};
