import { requireCluster } from "../clusters/cluster.ts";
import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 10;

/**
 * Lists the ARNs of a cluster's services that are not INACTIVE, filtered and in pages.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html
 */
export const listServices: Handler<"ListServices"> = async (input, { queries }) => {
  const { name: cluster } = await requireCluster({ queries }, input.cluster);
  const { launchType, schedulingStrategy, resourceManagementType } = input;
  const filter = {
    ...(launchType !== undefined && { launchType }),
    ...(schedulingStrategy !== undefined && { schedulingStrategy }),
    ...(resourceManagementType !== undefined && { resourceManagementType }),
  };
  const page = await pageOf("ListServices", input, PAGE_SIZE, (page) => queries.listServices(cluster, filter, page));
  return { serviceArns: page.entries, ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
};
