import { parseTaskDefinition } from "#lib/ecs/arns.ts";
import { describeTaskDefinition } from "#lib/ecs/describe/task-definition.ts";
import { clientException, invalidParameter } from "#lib/errors.ts";
import { type ECSTaskDefinition, RESOURCES } from "#model/generated/resources.generated.ts";
import { findTaskDefinition } from "../task-definitions/find-task-definition.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";

/**
 * Makes a revision INACTIVE: what uses it goes on, nothing new can. One that is INACTIVE already is answered as it is.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
 */
export const deregisterTaskDefinition: Handler<"DeregisterTaskDefinition"> = async (input, deps, call) => {
  const parsed = parseTaskDefinition(input.taskDefinition);
  if (parsed !== undefined && parsed.revision === undefined) {
    throw invalidParameter(`Task definition must have a revision: ${parsed.family}:<revision>.`);
  }
  const found = await findTaskDefinition(deps, input.taskDefinition);
  if (found === undefined) throw clientException("The specified task definition does not exist.");
  if (found.doc.status !== "ACTIVE") return { taskDefinition: found.doc };
  const { name, uid } = found.ref;
  const patch = { spec: { status: "INACTIVE" as const } };
  const changed = await patchObject<ECSTaskDefinition>(deps, RESOURCES.ECSTaskDefinition, { name, uid }, patch, call);
  const taskDefinition = describeTaskDefinition(changed, deps.identity);
  return { taskDefinition: { deregisteredAt: deps.now().getTime() / 1000, ...taskDefinition } };
};
