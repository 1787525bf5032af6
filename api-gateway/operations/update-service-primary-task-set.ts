import { taskSetId } from "#lib/ecs/task-set.ts";
import { invalidParameter } from "#lib/errors.ts";
import { type ECSService, RESOURCES } from "#model/generated/resources.generated.ts";
import { until } from "../common/until.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";
import { requireTaskSet, taskSetAnswer } from "../services/task-set.ts";

/**
 * Makes a task set the PRIMARY one of its service, which then shows that one's task definition and network.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateServicePrimaryTaskSet.html
 */
export const updateServicePrimaryTaskSet: Handler<"UpdateServicePrimaryTaskSet"> = async (input, deps, call) => {
  const { service, ref, resource } = await requireTaskSet({ ...input, taskSet: input.primaryTaskSet }, deps, call);
  if (resource.metadata.deletionTimestamp !== undefined) {
    throw invalidParameter("The task set is DRAINING and cannot become PRIMARY.");
  }
  const spec = { primaryTaskSet: taskSetId(resource) };
  await patchObject<ECSService>(deps, RESOURCES.ECSService, service.ref, { spec }, call);
  // The operator says so in the task sets' status: callers are to read what they were told.
  const told = async (): Promise<boolean> =>
    (await deps.queries.taskSets(service.ref.uid)).every(
      (each) => (each.doc.status === "PRIMARY") === (each.ref.uid === ref.uid),
    );
  await until(told, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal: call.signal });
  return { taskSet: { ...taskSetAnswer(resource, service, deps), status: "PRIMARY" } };
};
