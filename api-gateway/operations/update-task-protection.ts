import { taskArn } from "#lib/ecs/arns.ts";
import { describeProtection } from "#lib/ecs/task-protection.ts";
import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { protectionAnswer, protectable } from "../tasks/protection.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";

const DEFAULT_MINUTES = 120;

/**
 * Protects up to 10 tasks of services from being stopped to scale in or to roll out, for a time, or ends that. Tasks
 * of no service, and stopped ones, are failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html
 */
export const updateTaskProtection: Handler<"UpdateTaskProtection"> = async (input, deps, call) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const { protectionEnabled, expiresInMinutes = DEFAULT_MINUTES } = input;
  const until = new Date(deps.now().getTime() + expiresInMinutes * 60_000).toISOString();
  const patch = { spec: { protectedUntil: protectionEnabled ? until : null } };
  return protectionAnswer(
    await protectable(input.tasks, cluster, deps),
    async ({ ref, doc }) => {
      const task = await patchObject<ECSTask>(deps, RESOURCES.ECSTask, ref, patch, call);
      return describeProtection(doc.taskArn ?? taskArn(deps.identity, cluster, ref.name), task, deps.now());
    },
    (error) => isNotFound(error) || isConflict(error),
  );
};
