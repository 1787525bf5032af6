import { taskArn } from "#lib/ecs/arns.ts";
import { withoutTags } from "#lib/shared-json.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { shortNameOf } from "../common/references.ts";
import { withContainers } from "../tasks/task-answer.ts";
import type { Handler } from "../operation.ts";

/**
 * Describes up to 100 tasks, given by id or ARN, also those that stopped a while ago. Unknown ones are failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
 */
export const describeTasks: Handler<"DescribeTasks"> = async (input, deps) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const ids = [...new Set(input.tasks.map((task) => shortNameOf("task", task, cluster)))];
  const found = await deps.queries.tasks(cluster, ids);
  const byArn = new Map((await withContainers(found, deps)).map((task) => [task.taskArn, task]));
  const withTags = input.include?.includes("TAGS") === true;
  const arns = ids.map((id) => taskArn(deps.identity, cluster, id));
  return {
    tasks: arns.flatMap((arn) => {
      const task = byArn.get(arn);
      if (task === undefined) return [];
      return [withTags ? { tags: [], ...task } : withoutTags(task)];
    }),
    failures: arns.filter((arn) => !byArn.has(arn)).map((arn) => ({ arn, reason: "MISSING" })),
  };
};
