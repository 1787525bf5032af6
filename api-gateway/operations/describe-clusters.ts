import { clusterArn, clusterNameOf } from "#lib/ecs/arns.ts";
import { DEFAULT_CLUSTER } from "#lib/ecs/cluster-of.ts";
import type { Cluster, Failure } from "#model/generated/types.generated.ts";
import { statisticsOf, withFields } from "../clusters/cluster-answer.ts";
import type { Handler } from "../operation.ts";

/**
 * Describes clusters by name or ARN, the `default` one when none are named; also INACTIVE ones.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html
 */
export const describeClusters: Handler<"DescribeClusters"> = async (input, deps) => {
  const references = input.clusters?.length ? input.clusters : [DEFAULT_CLUSTER];
  const names = [...new Set(references.map(clusterNameOf))];
  const found = await deps.queries.clusters(names);
  const counts = input.include?.includes("STATISTICS") ? await deps.queries.clusterStatistics(names) : [];
  const byName = new Map(found.map(({ doc }) => [doc.clusterName, doc]));
  const clusters: Cluster[] = [];
  const failures: Failure[] = [];
  for (const name of names) {
    const cluster = byName.get(name);
    if (cluster) {
      const statistics = statisticsOf(counts.filter((entry) => entry.cluster === name));
      clusters.push(withFields({ ...cluster, statistics }, input.include ?? []));
    } else failures.push({ arn: clusterArn(deps.identity, name), reason: "MISSING" });
  }
  return { clusters, failures };
};
