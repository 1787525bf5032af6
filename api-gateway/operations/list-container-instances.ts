import { asksAboutTasks } from "#lib/ecs/placement/constraints.ts";
import { satisfies } from "#lib/ecs/placement/evaluate.ts";
import type { Expression } from "#lib/ecs/placement/expression.ts";
import { factsOf } from "#lib/ecs/placement/instance-facts.ts";
import { InvalidExpression } from "#lib/ecs/placement/invalid-expression.ts";
import { parseExpression } from "#lib/ecs/placement/parse.ts";
import { instanceStatus } from "#lib/ecs/describe/container-instance.ts";
import { invalidParameter } from "#lib/errors.ts";
import type { Node } from "#lib/kube/resources.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { instanceArn, listRegistered } from "../container-instances/container-instances.ts";
import { pageOf } from "../common/page.ts";
import { tasksOnNodes } from "../container-instances/tasks-on-nodes.ts";
import type { Deps, Handler } from "../operation.ts";

const PAGE_SIZE = 100;

/**
 * Lists the container instances of a cluster, which are the nodes: those that a filter in the cluster query language
 * means. A cordoned node is DRAINING.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html
 */
export const listContainerInstances: Handler<"ListContainerInstances"> = async (input, deps, call) => {
  const filter = input.filter === undefined ? undefined : filterOf(input.filter);
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const nodes = await listRegistered(deps, call);
  const wanted = nodes.filter((node) => input.status === undefined || instanceStatus(node) === input.status);
  const chosen = filter === undefined ? wanted : await matching(wanted, filter, cluster, deps);
  const arns = chosen.map((node) => instanceArn(node, deps, cluster));
  const { entries, nextToken } = await pageOf("ListContainerInstances", input, PAGE_SIZE, async ({ after, limit }) =>
    arns.filter((arn) => after === undefined || arn > after).slice(0, limit),
  );
  return { containerInstanceArns: entries, ...(nextToken !== undefined && { nextToken }) };
};

function filterOf(text: string): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    throw invalidParameter(`Invalid filter: ${text} (${error.message}).`);
  }
}

async function matching(nodes: readonly Node[], filter: Expression, cluster: string, deps: Deps): Promise<Node[]> {
  const tasks = asksAboutTasks(filter) ? (await tasksOnNodes(cluster, deps)).byInstance : undefined;
  return nodes.filter((node) => satisfies(filter, factsOf(node, tasks?.get(instanceArn(node, deps, cluster)) ?? [])));
}
