import type { Task } from "#model/generated/types.generated.ts";
import { shortNameOf } from "../common/references.ts";
import type { Deps } from "../operation.ts";

/** The tasks of a cluster that have not stopped, by where they are. */
export interface TasksOnNodes {
  /** Container instance ARN → its tasks. */
  readonly byInstance: ReadonlyMap<string, readonly Task[]>;
  /** Those that have no node yet. */
  readonly unplaced: readonly Task[];
}

const PAGE = 1000;

/** @param cluster ECS name. */
export async function tasksOnNodes(cluster: string, { queries }: Pick<Deps, "queries">): Promise<TasksOnNodes> {
  const byInstance = new Map<string, Task[]>();
  const unplaced: Task[] = [];
  for (const desiredStatus of ["RUNNING", "STOPPED"] as const) {
    let after: string | undefined;
    do {
      const page = { limit: PAGE, ...(after !== undefined && { after }) };
      const arns = await queries.listTasks(cluster, { desiredStatus }, page);
      after = arns.length < PAGE ? undefined : arns.at(-1);
      const ids = arns.map((arn) => shortNameOf("task", arn, cluster));
      for (const { doc } of ids.length === 0 ? [] : await queries.tasks(cluster, ids)) {
        if (doc.lastStatus === "STOPPED") continue;
        const { containerInstanceArn: instance } = doc;
        if (instance === undefined) unplaced.push(doc);
        else byInstance.set(instance, [...(byInstance.get(instance) ?? []), doc]);
      }
    } while (after !== undefined);
  }
  return { byInstance, unplaced };
}
