import { instanceCount } from "../instances.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { page, passes } from "../pages.ts";
import { allServices, describeDiscoveryService } from "../resources.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_ListServices.html */
export const listServices: DiscoveryHandler<"ListServices"> = async (input, deps, signal) => {
  const wanted = (await allServices(deps, signal)).filter(({ spec }) =>
    (input.Filters ?? []).every(({ Name, Values, Condition }) =>
      Name === "NAMESPACE_ID" ? passes(spec.namespace, Condition, Values) : Values.includes("SELF"),
    ),
  );
  const { entries, nextToken } = page(wanted, input);
  return {
    Services: await Promise.all(
      entries.map(async (each) => {
        const count = await instanceCount(each, deps, signal);
        const {
          NamespaceId: _,
          CreatorRequestId: __,
          ...summary
        } = describeDiscoveryService(each, count, deps.identity);
        return summary;
      }),
    ),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
};
