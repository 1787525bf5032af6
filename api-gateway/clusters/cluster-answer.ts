import type { Cluster, ClusterField, KeyValuePair } from "#model/generated/types.generated.ts";
import type { LaunchTypeCounts } from "#projector/queries.ts";

/** Launch type → how the names of statistics spell it. */
const SPELLINGS = { EC2: "EC2", FARGATE: "Fargate", EXTERNAL: "External" } as const;

/**
 * A cluster's statistics by launch type, zeros included: `runningEC2TasksCount`, `activeFargateServiceCount`, …
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Cluster.html
 */
export function statisticsOf(counts: readonly LaunchTypeCounts[]): KeyValuePair[] {
  return Object.entries(SPELLINGS).flatMap(([launchType, spelling]) => {
    const found = counts.find((entry) => entry.launchType === launchType);
    return [
      { name: `running${spelling}TasksCount`, value: String(found?.runningTasks ?? 0) },
      { name: `pending${spelling}TasksCount`, value: String(found?.pendingTasks ?? 0) },
      { name: `active${spelling}ServiceCount`, value: String(found?.activeServices ?? 0) },
      { name: `draining${spelling}ServiceCount`, value: String(found?.drainingServices ?? 0) },
    ];
  });
}

/**
 * A cluster with the members that DescribeClusters' `include` asks for; the lists it does not ask for are empty, as
 * ECS answers them.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html
 */
export function withFields(cluster: Cluster, include: readonly ClusterField[]): Cluster {
  const { attachments, attachmentsStatus, configuration, ...rest } = cluster;
  const wants = new Set(include);
  return {
    ...rest,
    settings: wants.has("SETTINGS") ? (cluster.settings ?? []) : [],
    statistics: wants.has("STATISTICS") ? (cluster.statistics ?? []) : [],
    tags: wants.has("TAGS") ? (cluster.tags ?? []) : [],
    ...(wants.has("CONFIGURATIONS") && configuration !== undefined && { configuration }),
    ...(wants.has("ATTACHMENTS") && { attachments: attachments ?? [] }),
    ...(wants.has("ATTACHMENTS") && attachmentsStatus !== undefined && { attachmentsStatus }),
  };
}
