import type { DescribedScalableTarget } from "#lib/ecs/describe/scalable-target.ts";
import { EcsError } from "#lib/errors.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../../operation.ts";
import type { AutoscalingHandler } from "../operation.ts";
import { updateScalableTarget } from "../scalable-target.ts";

const TAGS_MAX = 50;

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html */
export const tagResource: AutoscalingHandler<"TagResource"> = async ({ ResourceARN, Tags }, deps, call) => {
  const found = await requireByArn(deps, ResourceARN);
  await updateScalableTarget(
    found,
    (spec) => {
      const tags = { ...spec.tags, ...Tags };
      if (Object.keys(tags).length > TAGS_MAX) {
        throw new EcsError("TooManyTagsException", `A resource can have at most ${TAGS_MAX} tags.`);
      }
      return { ...spec, tags };
    },
    deps,
    call,
  );
  return {};
};

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_UntagResource.html */
export const untagResource: AutoscalingHandler<"UntagResource"> = async ({ ResourceARN, TagKeys }, deps, call) => {
  const found = await requireByArn(deps, ResourceARN);
  await updateScalableTarget(
    found,
    ({ tags = {}, ...spec }) => ({
      ...spec,
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !TagKeys.includes(key))),
    }),
    deps,
    call,
  );
  return {};
};

/** @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ListTagsForResource.html */
export const listTagsForResource: AutoscalingHandler<"ListTagsForResource"> = async ({ ResourceARN }, deps) => {
  const { doc } = await requireByArn(deps, ResourceARN);
  const tags = (await deps.queries.tags(doc.target.ScalableTargetARN)) ?? [];
  return { Tags: Object.fromEntries(tags.map(({ key = "", value = "" }) => [key, value])) };
};

async function requireByArn({ queries }: Pick<Deps, "queries">, arn: string): Promise<Found<DescribedScalableTarget>> {
  const [found] = await queries.scalableTargets({ arn });
  if (found === undefined) throw new EcsError("ResourceNotFoundException", `There is no scalable target ${arn}.`);
  return found;
}
