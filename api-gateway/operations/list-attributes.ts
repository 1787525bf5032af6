import { instanceAttributes } from "#lib/ecs/describe/container-instance.ts";
import { invalidParameter } from "#lib/errors.ts";
import type { Attribute } from "#model/generated/types.generated.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { instanceArn, listRegistered } from "../container-instances/container-instances.ts";
import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 100;

/**
 * Lists the attributes of a cluster's container instances, of one name and value where given.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAttributes.html
 */
export const listAttributes: Handler<"ListAttributes"> = async (input, deps, call) => {
  const { attributeName, attributeValue } = input;
  if (attributeValue !== undefined && attributeName === undefined) {
    throw invalidParameter("attributeName is required when attributeValue is specified.");
  }
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const nodes = await listRegistered(deps, call);
  const all = nodes.flatMap((node) =>
    instanceAttributes(node)
      .filter(({ name }) => attributeName === undefined || name === attributeName)
      .filter(({ value = "" }) => attributeValue === undefined || value === attributeValue)
      .map((attribute) => ({ ...attribute, targetId: instanceArn(node, deps, cluster) })),
  );
  const byKey = new Map(all.map((attribute) => [keyOf(attribute), attribute]));
  const keys = [...byKey.keys()].toSorted();
  const { entries, nextToken } = await pageOf("ListAttributes", input, PAGE_SIZE, async ({ after, limit }) =>
    keys.filter((key) => after === undefined || key > after).slice(0, limit),
  );
  return {
    attributes: entries.flatMap((key) => byKey.get(key) ?? []),
    ...(nextToken !== undefined && { nextToken }),
  };
};

function keyOf({ targetId = "", name }: Attribute): string {
  return `${targetId} ${name}`;
}
