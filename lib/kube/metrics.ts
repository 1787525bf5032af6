import { counter, gauge, histogram, type Metrics } from "../metrics.ts";

export interface WatchMetrics {
  failed(): void;
  received(type: string, changes: number, objects: number): void;
}

/** Counts of one kind's watch; every series exists from the start. */
export function watchMetrics(metrics: Metrics, resource: string): WatchMetrics {
  const labelNames = ["resource"] as const;
  const failures = counter(metrics, {
    name: "kecs_watch_failures_total",
    help: "Interruptions of the watch of a Kubernetes resource",
    labelNames,
  });
  const lists = counter(metrics, {
    name: "kecs_watch_lists_total",
    help: "Full lists of a Kubernetes resource: one at the start, more when the watch could not go on",
    labelNames,
  });
  const changes = counter(metrics, {
    name: "kecs_watch_changes_total",
    help: "Changes of Kubernetes objects taken into the cache",
    labelNames,
  });
  const objects = gauge(metrics, { name: "kecs_cache_objects", help: "Kubernetes objects in the cache", labelNames });
  for (const one of [failures, lists, changes]) one.inc({ resource }, 0);
  objects.set({ resource }, 0);
  return {
    failed: () => failures.inc({ resource }),
    received(type, count, size) {
      if (type === "LIST") lists.inc({ resource });
      changes.inc({ resource }, count);
      objects.set({ resource }, size);
    },
  };
}

/** How one call of a reconciler ended. */
export type ReconcileResult = "success" | "requeue" | "wait" | "conflict" | "error" | "terminal" | "aborted";

const results: readonly ReconcileResult[] = ["success", "requeue", "wait", "conflict", "error", "terminal", "aborted"];

export interface ControllerMetrics {
  reconciled(result: ReconcileResult, seconds: number): void;
  depth(keys: number): void;
  retried(): void;
}

/** Counts of one controller; every series exists from the start. */
export function controllerMetrics(metrics: Metrics, controller: string): ControllerMetrics {
  const labelNames = ["controller"] as const;
  const total = counter(metrics, {
    name: "kecs_reconcile_total",
    help: "Reconciles by result",
    labelNames: ["controller", "result"],
  });
  const duration = histogram(metrics, {
    name: "kecs_reconcile_duration_seconds",
    help: "Time that a reconcile took",
    labelNames,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  });
  const depth = gauge(metrics, { name: "kecs_workqueue_depth", help: "Keys that wait for a worker", labelNames });
  const retries = counter(metrics, {
    name: "kecs_workqueue_retries_total",
    help: "Keys put back after a failure",
    labelNames,
  });
  for (const result of results) total.inc({ controller, result }, 0);
  retries.inc({ controller }, 0);
  depth.set({ controller }, 0);
  return {
    reconciled(result, seconds) {
      total.inc({ controller, result });
      duration.observe({ controller }, seconds);
    },
    depth: (keys) => depth.set({ controller }, keys),
    retried: () => retries.inc({ controller }),
  };
}
