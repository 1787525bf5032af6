import { describeTask } from "#lib/ecs/describe/task.ts";
import { invalidParameter } from "#lib/errors.ts";
import { type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { shortNameOf } from "../common/references.ts";
import { withContainers } from "../tasks/task-answer.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";

const DEFAULT_REASON = "Task stopped by user";

/**
 * Stops a task, given by id or ARN: records on its ECSTask that it is to stop and why; the operator ends its Pod. A
 * task that stops or has stopped already is answered as it is.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
 */
export const stopTask: Handler<"StopTask"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const found = await deps.queries.task(cluster, shortNameOf("task", input.task, cluster));
  if (found === undefined) throw invalidParameter("The referenced task was not found.");
  if (found.ref.deleted || found.doc.desiredStatus === "STOPPED") {
    const [task] = await withContainers([found], deps);
    return { ...(task && { task }) };
  }
  const stop = {
    desiredStatus: "STOPPED" as const,
    stopCode: "UserInitiated" as const,
    stoppedReason: input.reason ?? DEFAULT_REASON,
  };
  const stopped = await patchObject<ECSTask>(deps, RESOURCES.ECSTask, found.ref, { spec: stop }, call);
  const doc = describeTask(stopped, deps.identity, cluster);
  const [task] = await withContainers([{ doc, ref: found.ref }], deps);
  return { ...(task && { task }) };
};
