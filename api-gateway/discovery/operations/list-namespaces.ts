import { servicesIn } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { page, passes } from "../pages.ts";
import { allNamespaces, allServices, describeNamespace } from "../resources.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_ListNamespaces.html */
export const listNamespaces: DiscoveryHandler<"ListNamespaces"> = async (input, deps, signal) => {
  const all = await allNamespaces(deps, signal);
  const services = await allServices(deps, signal);
  const wanted = all.filter(({ spec }) =>
    (input.Filters ?? []).every(({ Name, Values, Condition }) => {
      if (Name === "TYPE") return passes(spec.type ?? "DNS_PRIVATE", Condition, Values);
      if (Name === "RESOURCE_OWNER") return Values.includes("SELF");
      return passes(spec.name, Condition, Values);
    }),
  );
  const { entries, nextToken } = page(wanted, input);
  return {
    Namespaces: entries.map((each) => {
      const { CreatorRequestId: _, ...summary } = describeNamespace(
        each,
        servicesIn(services, each.metadata.name),
        deps.identity,
      );
      return summary;
    }),
    ...(nextToken !== undefined && { NextToken: nextToken }),
  };
};
