import { roomFor } from "../tasks/placement.ts";
import { planTasks } from "../tasks/plan-tasks.ts";
import { startTasks } from "../tasks/start-tasks.ts";
import { answerOf, withContainers } from "../tasks/task-answer.ts";
import { targetsOf } from "../tasks/targets.ts";
import { newTask, taskIds } from "#lib/ecs/task-resource.ts";
import type { Handler } from "../operation.ts";

/**
 * Starts up to 10 tasks of one task definition. Answers as soon as they are recorded; pulling images and starting
 * containers comes after that. A call repeated with its client token answers with the same tasks.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export const runTask: Handler<"RunTask"> = async (input, deps, call) => {
  const plan = await planTasks(input, deps, call);
  const { cluster, definition, resolved } = plan;
  const { clientToken, count = 1 } = input;
  const earlier = clientToken === undefined ? [] : await deps.queries.tasksByClientToken(cluster.name, clientToken);
  if (earlier.some(({ ref }) => ref.deleted)) {
    // Some have ended so long ago that only their history is left: making them again would run them twice.
    return { tasks: await withContainers(earlier, deps), failures: [] };
  }
  const room = earlier.length > 0 ? { count, failures: [] } : await roomFor(input, plan, deps, call);
  const ids = taskIds(count, cluster.uid, clientToken).slice(0, room.count);
  const targets = targetsOf(resolved.target, ids);
  const tasks = ids.map((id, index) => newTask(id, input, { ...resolved, target: targets[index] ?? resolved.target }));
  const context = { cluster: cluster.name, earlier: earlier.map(({ doc }) => doc.taskArn ?? "") };
  const { started, failures } = await startTasks(tasks, context, deps, call);
  const about = { identity: deps.identity, cluster: cluster.name, definition: definition.doc };
  return { tasks: started.map((task) => answerOf(task, about)), failures: [...room.failures, ...failures] };
};
