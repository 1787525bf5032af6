import type { Handler } from "../operation.ts";
import { requireService, serviceNotActive } from "../services/service.ts";
import { isMeant, untagged } from "../services/task-set.ts";

/**
 * Describes the task sets of a service, all or those given by id or ARN. Unknown ones are failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskSets.html
 */
export const describeTaskSets: Handler<"DescribeTaskSets"> = async (input, deps, call) => {
  const { ref } = await requireService(input, serviceNotActive, deps, call);
  const all = await deps.queries.taskSets(ref.uid);
  const wanted = [...new Set(input.taskSets ?? [])];
  const found = wanted.length === 0 ? all : all.filter((each) => wanted.some((name) => isMeant(name, each.ref)));
  const withTags = input.include?.includes("TAGS") === true;
  return {
    taskSets: found.map(({ doc }) => (withTags ? doc : untagged(doc))),
    failures: wanted
      .filter((name) => !all.some((each) => isMeant(name, each.ref)))
      .map((arn) => ({ arn, reason: "MISSING" })),
  };
};
