import type { Logger } from "#lib/log.ts";
import { gauge, type Metrics } from "#lib/metrics.ts";
import type { Queries } from "#projector/queries.ts";

/**
 * The counts that Container Insights keeps, as metrics of the gateway, of the clusters whose setting `containerInsights`
 * is `enabled` or `enhanced`. They are counted when they are read.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
 */
export function containerInsights(metrics: Metrics, queries: Pick<Queries, "containerInsights">, log: Logger): void {
  const clusterServices = gauge(metrics, {
    name: "kecs_cluster_services",
    help: "ACTIVE services of a cluster with containerInsights (ServiceCount)",
    labelNames: ["cluster"],
  });
  const clusterTasks = gauge(metrics, {
    name: "kecs_cluster_tasks",
    help: "Tasks of a cluster with containerInsights, by status (TaskCount)",
    labelNames: ["cluster", "status"],
  });
  const serviceTasks = gauge(metrics, {
    name: "kecs_service_tasks",
    help: "Tasks of a service of a cluster with containerInsights (DesiredTaskCount, RunningTaskCount, PendingTaskCount)",
    labelNames: ["cluster", "service", "status"],
  });
  const serviceDeployments = gauge(metrics, {
    name: "kecs_service_deployments",
    help: "Deployments of a service of a cluster with containerInsights (DeploymentCount)",
    labelNames: ["cluster", "service"],
  });
  const all = [clusterServices, clusterTasks, serviceTasks, serviceDeployments];

  async function collect(): Promise<void> {
    const { clusters, services } = await queries.containerInsights();
    for (const each of all) each.reset();
    for (const { cluster, services: count, running, pending } of clusters) {
      clusterServices.set({ cluster }, count);
      clusterTasks.set({ cluster, status: "running" }, running);
      clusterTasks.set({ cluster, status: "pending" }, pending);
    }
    for (const { cluster, service, desired, running, pending, deployments } of services) {
      serviceTasks.set({ cluster, service, status: "desired" }, desired);
      serviceTasks.set({ cluster, service, status: "running" }, running);
      serviceTasks.set({ cluster, service, status: "pending" }, pending);
      serviceDeployments.set({ cluster, service }, deployments);
    }
  }

  // One query for all of them: the other series wait for the first one's.
  let counting: Promise<void> | undefined;
  const once = (): Promise<void> =>
    (counting ??= collect()
      .catch((error: unknown) => log.warn("Container Insights cannot be counted", { error }))
      .finally(() => setImmediate(() => (counting = undefined))));
  for (const each of all) Object.assign(each, { collect: once });
}
