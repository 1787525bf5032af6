import { invalidParameter } from "#lib/errors.ts";
import { type ECSTaskSet, RESOURCES } from "#model/generated/resources.generated.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";
import { requireTaskSet, taskSetAnswer } from "../services/task-set.ts";

/**
 * Changes the scale of a task set.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskSet.html
 */
export const updateTaskSet: Handler<"UpdateTaskSet"> = async (input, deps, call) => {
  const { service, ref, resource } = await requireTaskSet(input, deps, call);
  if (resource.metadata.deletionTimestamp !== undefined) {
    throw invalidParameter("The task set is DRAINING and cannot be updated.");
  }
  const scale = { value: input.scale.value ?? 0, unit: "PERCENT" };
  const updated = await patchObject<ECSTaskSet>(deps, RESOURCES.ECSTaskSet, ref, { spec: { scale } }, call);
  return { taskSet: taskSetAnswer(updated, service, deps) };
};
