import { containerInstanceArn, type Identity } from "#lib/ecs/arns.ts";
import type { Node } from "#lib/kube/resources.ts";
import type { Failure } from "#model/generated/types.generated.ts";
import {
  containerInstanceId,
  findNode,
  listNodes,
  reasonNotToStart,
} from "../container-instances/container-instances.ts";
import { planTasks } from "../tasks/plan-tasks.ts";
import { shortNameOf } from "../common/references.ts";
import { startTasks } from "../tasks/start-tasks.ts";
import { answerOf } from "../tasks/task-answer.ts";
import { newTask, taskIds } from "#lib/ecs/task-resource.ts";
import type { Handler } from "../operation.ts";

/**
 * Starts one task on each of up to 10 container instances, which are the cluster's nodes: given by container instance
 * ARN or id (the node's uid as 32 hex digits) or by the node's name. Nodes that are not there, not Ready or cordoned
 * become failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StartTask.html
 */
export const startTask: Handler<"StartTask"> = async (input, deps, call) => {
  const { cluster, definition, resolved } = await planTasks(input, deps, call);
  const nodes = await listNodes(deps, call);
  const references = input.containerInstances.map((item) => shortNameOf("container-instance", item, cluster.name));
  const { chosen, failures } = chooseNodes(nodes, references, deps.identity, cluster.name);
  const ids = taskIds(chosen.length, cluster.uid, undefined);
  const tasks = ids.map((id, index) => {
    const node = chosen[index];
    return newTask(id, input, resolved, node && containerInstanceId(node));
  });
  const outcome = await startTasks(tasks, { cluster: cluster.name, earlier: [] }, deps, call);
  const about = { identity: deps.identity, cluster: cluster.name, definition: definition.doc };
  return {
    tasks: outcome.started.map((task) => answerOf(task, about)),
    failures: [...failures, ...outcome.failures],
  };
};

/** The nodes that were asked for and can take a task, and why the others cannot. */
function chooseNodes(
  nodes: readonly Node[],
  references: readonly string[],
  identity: Identity,
  cluster: string,
): { chosen: Node[]; failures: Failure[] } {
  const chosen: Node[] = [];
  const failures: Failure[] = [];
  for (const reference of references) {
    const node = findNode(nodes, reference);
    if (node === undefined) {
      failures.push({ arn: containerInstanceArn(identity, cluster, reference), reason: "MISSING" });
      continue;
    }
    const problem = reasonNotToStart(node);
    if (problem === undefined) chosen.push(node);
    else failures.push({ arn: arnOf(node, identity, cluster), ...problem });
  }
  return { chosen, failures };
}

function arnOf(node: Node, identity: Identity, cluster: string): string {
  return containerInstanceArn(identity, cluster, containerInstanceId(node));
}
