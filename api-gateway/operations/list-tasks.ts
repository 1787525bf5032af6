import { containerInstanceArn } from "#lib/ecs/arns.ts";
import { EcsError, invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type { ListTasksRequest } from "#model/generated/types.generated.ts";
import type { TaskFilter } from "#projector/queries.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { containerInstanceId, findNode, listNodes } from "../container-instances/container-instances.ts";
import { pageOf } from "../common/page.ts";
import { shortNameOf } from "../common/references.ts";
import type { Call, Deps, Handler } from "../operation.ts";

const PAGE_SIZE = 100;

/**
 * Lists the ARNs of a cluster's tasks, by default those that are to run, filtered and in pages.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
 */
export const listTasks: Handler<"ListTasks"> = async (input, deps, call) => {
  checkFilters(input);
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const filter = await filterOf(input, cluster, deps, call);
  const page = await pageOf("ListTasks", input, PAGE_SIZE, (page) => deps.queries.listTasks(cluster, filter, page));
  return { taskArns: page.entries, ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
};

/** @throws EcsError for filters that do not go together. */
function checkFilters(input: ListTasksRequest): void {
  const { startedBy, family, serviceName, containerInstance, launchType } = input;
  if (input.daemonName !== undefined) throw unsupportedFeature("daemonName: managed daemons are not supported");
  if (startedBy !== undefined && (family ?? serviceName ?? containerInstance ?? launchType) !== undefined) {
    throw invalidParameter("cannot specify startedBy with other arguments");
  }
  if (family !== undefined && serviceName !== undefined) {
    throw invalidParameter("cannot specify both family and serviceName");
  }
}

async function filterOf(input: ListTasksRequest, cluster: string, deps: Deps, call: Call): Promise<TaskFilter> {
  const { startedBy, family, launchType, containerInstance, desiredStatus = "RUNNING" } = input;
  const serviceName = input.serviceName && shortNameOf("service", input.serviceName, cluster);
  if (serviceName !== undefined && (await deps.queries.service(cluster, serviceName)) === undefined) {
    throw new EcsError("ServiceNotFoundException", "Service not found.");
  }
  return {
    desiredStatus,
    ...(serviceName !== undefined && { serviceName }),
    ...(family !== undefined && { family }),
    ...(startedBy !== undefined && { startedBy }),
    ...(launchType !== undefined && { launchType }),
    ...(containerInstance !== undefined && {
      containerInstanceArn: await instanceArn(containerInstance, cluster, deps, call),
    }),
  };
}

async function instanceArn(reference: string, cluster: string, deps: Deps, call: Call): Promise<string> {
  const id = shortNameOf("container-instance", reference, cluster);
  const node = findNode(await listNodes(deps, call), id);
  if (node === undefined) throw invalidParameter(`Referenced container instance ${id} not found.`);
  return containerInstanceArn(deps.identity, cluster, containerInstanceId(node));
}
