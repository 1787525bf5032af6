import { taskArn } from "#lib/ecs/arns.ts";
import { describeProtection } from "#lib/ecs/task-protection.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { MAX_TASKS, protectable, protectionAnswer } from "../tasks/protection.ts";
import type { Handler } from "../operation.ts";

/**
 * The protection of up to 100 tasks of services, as the API server has it now; of the cluster's first 100 running
 * ones where none are named.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html
 */
export const getTaskProtection: Handler<"GetTaskProtection"> = async (
  { cluster: reference, tasks = [] },
  deps,
  call,
) => {
  const { name: cluster } = await requireCluster(deps, reference);
  const page = { limit: MAX_TASKS };
  const named = tasks.length > 0 ? tasks : await deps.queries.listTasks(cluster, { desiredStatus: "RUNNING" }, page);
  const checked = await protectable(named, cluster, deps);
  return protectionAnswer(
    tasks.length > 0 ? checked : { ...checked, failures: [] },
    async ({ ref: { namespace, name }, doc }) => {
      const task = await deps.kube.get<ECSTask>(RESOURCES.ECSTask, { namespace, name }, { signal: call.signal });
      return describeProtection(doc.taskArn ?? taskArn(deps.identity, cluster, name), task, deps.now());
    },
    isNotFound,
  );
};
