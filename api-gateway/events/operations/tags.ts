import { withoutTags, withTags } from "../../common/tags.ts";
import { updateSchedule } from "../../schedules/schedule-resource.ts";
import type { EventsHandler } from "../operation.ts";
import { ecsTags, eventsTags, requireRuleByArn } from "../rule.ts";

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html */
export const tagResource: EventsHandler<"TagResource"> = async ({ ResourceARN, Tags }, deps, call) => {
  const { ref } = await requireRuleByArn(deps, ResourceARN);
  await updateSchedule(ref, ({ spec }) => ({ ...spec, tags: withTags(spec.tags ?? [], ecsTags(Tags)) }), deps, call);
  return {};
};

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html */
export const untagResource: EventsHandler<"UntagResource"> = async ({ ResourceARN, TagKeys }, deps, call) => {
  const { ref } = await requireRuleByArn(deps, ResourceARN);
  await updateSchedule(ref, ({ spec }) => ({ ...spec, tags: withoutTags(spec.tags ?? [], TagKeys) }), deps, call);
  return {};
};

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html */
export const listTagsForResource: EventsHandler<"ListTagsForResource"> = async ({ ResourceARN }, deps) => {
  const { doc } = await requireRuleByArn(deps, ResourceARN);
  return { Tags: eventsTags((await deps.queries.tags(doc.rule.Arn)) ?? []) };
};
