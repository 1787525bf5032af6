import { namespaceNotFound, namesOfNamespace } from "../clusters/connect-namespace.ts";
import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 10;

/**
 * Lists the services that take part in a Service Connect namespace, of all clusters.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServicesByNamespace.html
 */
export const listServicesByNamespace: Handler<"ListServicesByNamespace"> = async (input, deps, call) => {
  const { names, exists } = await namesOfNamespace(input.namespace, deps, call);
  const { entries, nextToken } = await pageOf("ListServicesByNamespace", input, PAGE_SIZE, (page) =>
    deps.queries.listServicesByNamespace(names, page),
  );
  if (!exists && entries.length === 0) throw namespaceNotFound(input.namespace);
  return { serviceArns: entries, ...(nextToken !== undefined && { nextToken }) };
};
