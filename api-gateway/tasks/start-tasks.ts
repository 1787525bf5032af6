import { type Identity, taskArn } from "#lib/ecs/arns.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { EcsError } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { refOf } from "#lib/kube/resources.ts";
import { type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Failure } from "#model/generated/types.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { createInNamespace } from "../common/write.ts";

/** What became of the tasks that a call wanted, in their order. */
export interface StartedTasks {
  readonly started: ECSTask[];
  readonly failures: Failure[];
}

export interface StartContext {
  /** ECS name. */
  readonly cluster: string;
  /** ARNs of the tasks that a call with the same client token has made before. */
  readonly earlier: readonly string[];
}

/**
 * Writes the ECSTasks of one call, in parallel. With a client token the first is written before the others: its name
 * follows from the token, so it tells a repeated call (which is given the tasks that are there) from a different one.
 * @throws EcsError `ConflictException` when the token was used for a different request; the first error when no task
 *   could be written.
 */
export async function startTasks(
  tasks: readonly ECSTask[],
  context: StartContext,
  deps: Pick<Deps, "kube" | "wrote" | "identity">,
  call: Pick<Call, "signal">,
): Promise<StartedTasks> {
  const withToken = tasks[0]?.metadata.annotations?.[ANNOTATIONS.clientToken] !== undefined;
  const [first, ...others] = tasks;
  const head = withToken && first !== undefined ? [await settle(first, context, deps, call)] : [];
  if (head[0]?.status === "rejected") throw head[0].reason;
  const rest = await Promise.all((withToken ? others : tasks).map((task) => settle(task, context, deps, call)));
  return outcomeOf(tasks, [...head, ...rest], { cluster: context.cluster, identity: deps.identity });
}

function outcomeOf(
  tasks: readonly ECSTask[],
  results: readonly PromiseSettledResult<ECSTask>[],
  { cluster, identity }: { cluster: string; identity: Identity },
): StartedTasks {
  const started = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const rejected = results.filter((result) => result.status === "rejected");
  const conflict = rejected.find(({ reason }) => reason instanceof EcsError) ?? rejected[0];
  if (conflict !== undefined && (started.length === 0 || conflict.reason instanceof EcsError)) throw conflict.reason;
  const failures = results.flatMap((result, index) =>
    result.status === "rejected"
      ? [failureOf(tasks[index]?.metadata.name ?? "", result.reason, cluster, identity)]
      : [],
  );
  return { started, failures };
}

function failureOf(id: string, error: unknown, cluster: string, identity: Identity): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  return { arn: taskArn(identity, cluster, id), reason: "InternalError", detail };
}

async function settle(
  task: ECSTask,
  context: StartContext,
  deps: Pick<Deps, "kube" | "wrote" | "identity">,
  call: Pick<Call, "signal">,
): Promise<PromiseSettledResult<ECSTask>> {
  const [result] = await Promise.allSettled([createOnce(task, context, deps, call)]);
  return result;
}

async function createOnce(
  task: ECSTask,
  context: StartContext,
  deps: Pick<Deps, "kube" | "wrote" | "identity">,
  call: Pick<Call, "signal">,
): Promise<ECSTask> {
  try {
    return await createInNamespace(deps, RESOURCES.ECSTask, task, call);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const there = await deps.kube.get<ECSTask>(RESOURCES.ECSTask, refOf(task), { signal: call.signal });
    const hash = ANNOTATIONS.requestHash;
    if (there.metadata.annotations?.[hash] === task.metadata.annotations?.[hash]) return there;
    const arn = taskArn(deps.identity, context.cluster, there.metadata.name ?? "");
    const resourceIds = [...new Set([...context.earlier, arn])];
    const message = "The provided clientToken is already in use with a different RunTask request.";
    throw new EcsError("ConflictException", message, { cause: error, members: { resourceIds } });
  }
}
