import { taskArn } from "#lib/ecs/arns.ts";
import type { Failure, ProtectedTask, Task } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps } from "../operation.ts";
import { shortNameOf } from "../common/references.ts";

/** As many as GetTaskProtection takes. */
export const MAX_TASKS = 100;

/** Tasks that protection can be about, and why it cannot for the others. */
export interface Protectable {
  readonly tasks: readonly Found<Task>[];
  readonly failures: readonly Failure[];
}

/**
 * Those of the tasks, given by id or ARN, that belong to a service and have not stopped.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
 */
export async function protectable(
  references: readonly string[],
  cluster: string,
  { queries, identity }: Pick<Deps, "queries" | "identity">,
): Promise<Protectable> {
  const ids = [...new Set(references.map((task) => shortNameOf("task", task, cluster)))];
  const found = new Map((await queries.tasks(cluster, ids)).map((task) => [task.doc.taskArn, task]));
  const tasks: Found<Task>[] = [];
  const failures: Failure[] = [];
  for (const arn of ids.map((id) => taskArn(identity, cluster, id))) {
    const task = found.get(arn);
    if (task === undefined) failures.push({ arn, reason: "MISSING" });
    else if (isProtectable(task)) tasks.push(task);
    else failures.push({ arn, reason: "TASK_NOT_VALID" });
  }
  return { tasks, failures };
}

function isProtectable({ doc, ref }: Found<Task>): boolean {
  return doc.group?.startsWith("service:") === true && doc.lastStatus !== "STOPPED" && !ref.deleted;
}

/** What `act` gives for each task; one that has gone meanwhile (`isGone` of the error) is a failure, too. */
export async function protectionAnswer(
  { tasks, failures }: Protectable,
  act: (task: Found<Task>) => Promise<ProtectedTask>,
  isGone: (error: unknown) => boolean,
): Promise<{ protectedTasks: ProtectedTask[]; failures: Failure[] }> {
  const results = await Promise.all(
    tasks.map((task) =>
      act(task).catch((error: unknown): Failure => {
        if (isGone(error)) return { ...(task.doc.taskArn && { arn: task.doc.taskArn }), reason: "TASK_NOT_VALID" };
        throw error;
      }),
    ),
  );
  return {
    protectedTasks: results.filter((result): result is ProtectedTask => "protectionEnabled" in result),
    failures: [...failures, ...results.filter((result): result is Failure => "reason" in result)],
  };
}
