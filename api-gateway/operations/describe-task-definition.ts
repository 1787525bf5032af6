import { cannotDescribe, findTaskDefinition } from "../task-definitions/find-task-definition.ts";
import type { Handler } from "../operation.ts";

/**
 * Describes a revision, or the latest ACTIVE one of a family.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
 */
export const describeTaskDefinition: Handler<"DescribeTaskDefinition"> = async (input, deps) => {
  const found = await findTaskDefinition(deps, input.taskDefinition);
  if (found === undefined) throw cannotDescribe();
  const arn = found.doc.taskDefinitionArn ?? "";
  const tags = input.include?.includes("TAGS") ? ((await deps.queries.tags(arn)) ?? []) : undefined;
  return { taskDefinition: found.doc, ...(tags && { tags }) };
};
