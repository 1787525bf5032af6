import { clusterArn, parseTaskDefinition } from "#lib/ecs/arns.ts";
import { resourceName } from "#lib/ecs/names.ts";
import { clientException, EcsError, invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ContainerInResource, type ECSTask, RESOURCES } from "#model/generated/resources.generated.ts";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { shortNameOf } from "../common/references.ts";
import { splitCommand, UnclosedQuote } from "../execute-command/command-line.ts";
import { dataChannelPath } from "../execute-command/execute-command.ts";
import { transcriptGroup } from "../execute-command/transcript-group.ts";
import type { Deps, Handler } from "../operation.ts";

const NOT_ENABLED =
  "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn't running. Wait and try again or run a new task with execute command enabled and try again.";

/**
 * Promises a session with a command in a container of a running task; the command starts when the client opens the
 * session's data channel. The task is read from Kubernetes: what the read side knows may be a moment old.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
 */
export const executeCommand: Handler<"ExecuteCommand"> = async (input, deps, call) => {
  if (!deps.config.executeCommand) throw unsupportedFeature("ExecuteCommand is switched off in this installation.");
  if (!input.interactive) throw invalidParameter("Interactive is the only mode supported currently.");
  const argv = wordsOf(input.command);
  const { name: cluster, doc } = await requireCluster(deps, input.cluster);
  const task = await runningTask(shortNameOf("task", input.task, cluster), cluster, deps, call.signal);
  const container = chosenContainer(task.containers, input.container);
  const { taskArn, podName } = task;
  const about = {
    taskArn,
    containerName: container.name ?? "",
    ...(call.accessKeyId !== undefined && { accessKeyId: call.accessKeyId }),
  };
  const command = {
    namespace: task.namespace,
    pod: podName,
    container: resourceName(about.containerName),
    argv,
  };
  const origin = deps.config.execUrl?.replace(/\/+$/, "") ?? call.socketOrigin;
  if (origin === undefined) throw clientException("The request has no usable Host header.");
  const definition = await definitionOf(task.taskDefinitionArn, about.containerName, deps);
  const logGroup = transcriptGroup(doc.configuration, definition);
  const ticket = deps.executeCommands.grant({ command, about, logGroup });
  if (ticket === undefined) throw clientException("There are too many sessions. End one and try again.");
  return {
    clusterArn: clusterArn(deps.identity, cluster),
    ...(container.containerArn !== undefined && { containerArn: container.containerArn }),
    containerName: about.containerName,
    interactive: true,
    taskArn,
    session: {
      ...ticket,
      streamUrl: `${origin}${dataChannelPath(ticket.sessionId)}`,
    },
  };
};

function wordsOf(command: string): string[] {
  try {
    const words = splitCommand(command);
    if (words.length > 0) return words;
  } catch (error) {
    if (error instanceof UnclosedQuote) throw invalidParameter(`Failed to parse commands input: ${error.message}`);
    throw error;
  }
  throw invalidParameter("command can not be blank.");
}

interface RunningTask {
  readonly namespace: string;
  readonly podName: string;
  readonly taskArn: string;
  readonly taskDefinitionArn: string;
  readonly containers: readonly ContainerInResource[];
}

async function runningTask(
  id: string,
  cluster: string,
  { queries, kube }: Deps,
  signal: AbortSignal,
): Promise<RunningTask> {
  const found = await queries.task(cluster, id);
  if (found === undefined) throw invalidParameter("The referenced task was not found.");
  const task = await kube.get<ECSTask>(RESOURCES.ECSTask, found.ref, { signal }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (task === undefined || !isReachable(task)) throw invalidParameter(NOT_ENABLED);
  const { namespace = "" } = task.metadata;
  const { podName = "", containers = [], taskDefinitionArn = "" } = task.status ?? {};
  return { namespace, podName, taskArn: found.doc.taskArn ?? "", taskDefinitionArn, containers };
}

/** A container as its task definition has it. */
async function definitionOf(
  arn: string,
  container: string,
  { queries }: Deps,
): Promise<ContainerDefinition | undefined> {
  const { family = "", revision } = parseTaskDefinition(arn) ?? {};
  const found = await queries.taskDefinition(family, revision);
  return found?.doc.containerDefinitions?.find(({ name }) => name === container);
}

function isReachable({ spec, status }: ECSTask): boolean {
  const runs = status?.lastStatus === "RUNNING" && spec.desiredStatus !== "STOPPED" && status.podName !== undefined;
  return runs && spec.enableExecuteCommand === true;
}

function chosenContainer(containers: readonly ContainerInResource[], wanted: string | undefined): ContainerInResource {
  const [only, ...others] = containers;
  if (wanted === undefined && others.length > 0) {
    throw invalidParameter("Container name must be specified for tasks that contain multiple containers.");
  }
  const container = wanted === undefined ? only : containers.find(({ name }) => name === wanted);
  if (container === undefined) throw invalidParameter("The referenced container was not found in the task.");
  // What ECS says where the agent in the container cannot be reached.
  if (container.lastStatus !== "RUNNING") throw new EcsError("TargetNotConnectedException", NOT_ENABLED);
  return container;
}
