import { parseTaskDefinition, taskDefinitionArn } from "#lib/ecs/arns.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import type { Failure, TaskDefinition } from "#model/generated/types.generated.ts";
import { findTaskDefinition } from "../task-definitions/find-task-definition.ts";
import { until } from "../common/until.ts";
import type { Call, Deps, Handler } from "../operation.ts";

const NOT_FOUND =
  "The specified task definition was not found. Specify a valid account, family, revision and try again.";
const STILL_ACTIVE =
  "The specified task definition is still in ACTIVE status. Please deregister the target and try again.";
const NO_REVISION = "The specified task definition identifier is invalid. Specify a valid name or ARN and try again.";

/**
 * Deletes revisions that are INACTIVE. They stay DELETE_IN_PROGRESS as long as services or tasks use them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
 */
export const deleteTaskDefinitions: Handler<"DeleteTaskDefinitions"> = async (input, deps, call) => {
  const taskDefinitions: TaskDefinition[] = [];
  const failures: Failure[] = [];
  for (const reference of new Set(input.taskDefinitions)) {
    const result = await deleteOne(reference, deps, call);
    if ("reason" in result) failures.push(result);
    else taskDefinitions.push(result);
  }
  return { taskDefinitions, failures };
};

async function deleteOne(
  reference: string,
  deps: Deps,
  { signal }: Call,
): Promise<TaskDefinition | { arn: string; reason: string }> {
  const parsed = parseTaskDefinition(reference);
  if (parsed?.revision === undefined) return { arn: reference, reason: NO_REVISION };
  const arn = taskDefinitionArn(deps.identity, parsed.family, parsed.revision);
  const found = await findTaskDefinition(deps, reference);
  if (found === undefined) return { arn, reason: NOT_FOUND };
  const { doc, ref } = found;
  if (doc.status === "ACTIVE") return { arn, reason: STILL_ACTIVE };
  await deps.kube.delete(RESOURCES.ECSTaskDefinition, { name: ref.name }, { uid: ref.uid, signal });
  // A deletion has no resourceVersion to wait for, so the next read's view is awaited here.
  const gone = async (): Promise<boolean> => (await findTaskDefinition(deps, reference))?.doc.status !== "INACTIVE";
  await until(gone, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal });
  return { deleteRequestedAt: deps.now().getTime() / 1000, ...doc, status: "DELETE_IN_PROGRESS" };
}
