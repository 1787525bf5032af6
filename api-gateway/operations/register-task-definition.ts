import { describeTaskDefinition } from "#lib/ecs/describe/task-definition.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { describeUnsupported } from "#lib/ecs/supported-service.ts";
import { taskDefinitionProblems } from "#lib/ecs/supported.ts";
import { clientException } from "#lib/errors.ts";
import { createRevision } from "../task-definitions/register.ts";
import type { Handler } from "../operation.ts";

/**
 * Registers the next revision of a family.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
 */
export const registerTaskDefinition: Handler<"RegisterTaskDefinition"> = async (input, deps, call) => {
  const { invalid, unsupported } = taskDefinitionProblems(input);
  const [problem] = invalid;
  if (problem !== undefined) throw clientException(problem);
  if (unsupported.length > 0) throw clientException(describeUnsupported(unsupported));
  const { tags = [], ...definition } = input;
  const annotations = call.accessKeyId === undefined ? {} : { [ANNOTATIONS.createdBy]: call.accessKeyId };
  const spec = { ...definition, ...(tags.length > 0 && { tags }) };
  const created = await createRevision(spec, annotations, deps, call);
  return { taskDefinition: describeTaskDefinition(created, deps.identity), ...(tags.length > 0 && { tags }) };
};
