import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 100;

/**
 * Lists the ARNs of the clusters that are not INACTIVE.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html
 */
export const listClusters: Handler<"ListClusters"> = async (input, { queries }) => {
  const { entries, ...next } = await pageOf("ListClusters", input, PAGE_SIZE, (page) => queries.listClusters(page));
  return { clusterArns: entries, ...next };
};
