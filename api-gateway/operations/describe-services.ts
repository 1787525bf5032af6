import { serviceArn } from "#lib/ecs/arns.ts";
import { withoutTags } from "#lib/shared-json.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { shortNameOf } from "../common/references.ts";
import { hasTaskSets } from "#lib/ecs/task-set.ts";
import type { Service } from "#model/generated/types.generated.ts";
import type { Found } from "#projector/queries.ts";
import type { Deps, Handler } from "../operation.ts";
import { untagged } from "../services/task-set.ts";

/**
 * Describes up to 10 services, given by name or ARN, also those that are INACTIVE. Unknown ones are failures.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
 */
export const describeServices: Handler<"DescribeServices"> = async (input, deps) => {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const names = [...new Set(input.services.map((service) => shortNameOf("service", service, cluster)))];
  const found = await deps.queries.services(cluster, names);
  const docs = await Promise.all(found.map((each) => withTaskSets(each, deps)));
  const byArn = new Map(docs.map((doc) => [doc.serviceArn, doc]));
  const withTags = input.include?.includes("TAGS") === true;
  const arns = names.map((name) => serviceArn(deps.identity, cluster, name));
  return {
    services: arns.flatMap((arn) => {
      const service = byArn.get(arn);
      if (service === undefined) return [];
      return [withTags ? { tags: [], ...service } : withoutTags(service)];
    }),
    failures: arns.filter((arn) => !byArn.has(arn)).map((arn) => ({ arn, reason: "MISSING" })),
  };
};

/** Its task sets as DescribeTaskSets shows them: the service's own status follows them. */
async function withTaskSets({ doc, ref }: Found<Service>, { queries }: Pick<Deps, "queries">): Promise<Service> {
  if (!hasTaskSets(doc) || ref.deleted) return doc;
  return { ...doc, taskSets: (await queries.taskSets(ref.uid)).map((each) => untagged(each.doc)) };
}
