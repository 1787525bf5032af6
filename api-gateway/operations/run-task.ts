import { roomFor } from "../tasks/placement.ts";
import { planTasks } from "../tasks/plan-tasks.ts";
import { startTasks } from "../tasks/start-tasks.ts";
import { answerOf, withContainers } from "../tasks/task-answer.ts";
import { targetsOf } from "../tasks/targets.ts";
import { newTask, taskIds } from "#lib/ecs/task-resource.ts";
import type { Task } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps, Handler } from "../operation.ts";

/**
 * Starts up to 10 tasks of one task definition. Answers as soon as they are recorded; pulling images and starting
 * containers comes after that. A call repeated with its client token answers with the same tasks.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export const runTask: Handler<"RunTask"> = async (input, deps, call) => {
  const plan = await planTasks(input, deps, call);
  const { cluster, definition, resolved } = plan;
  const { clientToken, count = 1 } = input;
  const ids = taskIds(count, cluster.uid, clientToken);
  const earlier = await earlierTasks(clientToken, ids, cluster.name, deps);
  if (earlier.some(({ ref }) => ref.deleted)) {
    // Some have ended so long ago that only their history is left: making them again would run them twice.
    return { tasks: await withContainers(earlier, deps), failures: [] };
  }
  const room = earlier.length > 0 ? { count, failures: [] } : await roomFor(input, plan, deps, call);
  const startable = ids.slice(0, room.count);
  const targets = targetsOf(resolved.target, startable);
  const tasks = startable.map((id, index) =>
    newTask(id, input, { ...resolved, target: targets[index] ?? resolved.target }),
  );
  const context = { cluster: cluster.name, earlier: earlier.map(({ doc }) => doc.taskArn ?? "") };
  const { started, failures } = await startTasks(tasks, context, deps, call);
  const about = { identity: deps.identity, cluster: cluster.name, definition: definition.doc };
  return { tasks: started.map((task) => answerOf(task, about)), failures: [...room.failures, ...failures] };
};

/** The tasks of an earlier call with the same client token: none where none of the ids that follow from it is known. */
async function earlierTasks(
  clientToken: string | undefined,
  ids: readonly string[],
  cluster: string,
  { queries }: Pick<Deps, "queries">,
): Promise<Found<Task>[]> {
  if (clientToken === undefined || (await queries.tasks(cluster, ids)).length === 0) return [];
  return queries.tasksByClientToken(cluster, clientToken);
}
