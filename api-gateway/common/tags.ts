import { EcsError } from "#lib/errors.ts";
import type { Tag } from "#model/generated/types.generated.ts";

/** Most tags of one resource; those that AWS manages do not count. */
const TAGS_MAX = 50;
const MANAGED_PREFIX = "aws:";

/**
 * `tags` with those of `added`, of one key the latter.
 * @throws EcsError `LimitExceededException` above 50.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html#tag-restrictions
 */
export function withTags(tags: readonly Tag[], added: readonly Tag[]): Tag[] {
  const byKey = new Map([...tags, ...added].map((tag) => [tag.key, tag]));
  const result = [...byKey.values()];
  if (result.filter(({ key }) => key?.startsWith(MANAGED_PREFIX) !== true).length > TAGS_MAX) {
    throw new EcsError("LimitExceededException", `A resource can have at most ${TAGS_MAX} tags.`);
  }
  return result;
}

/** `tags` without those of `keys`. */
export function withoutTags(tags: readonly Tag[], keys: readonly string[]): Tag[] {
  return tags.filter(({ key }) => key === undefined || !keys.includes(key));
}
