import { counter, histogram, measured, type Metrics } from "#lib/metrics.ts";
import { errorType } from "./database-file.ts";
import type { Query } from "./sql-files.ts";

/** Counts and times what the database is asked. */
export interface StoreMetrics {
  /** Times `work` and counts its failure. */
  observe<T>(operation: string, query: Query | undefined, work: () => Promise<T>): Promise<T>;
  /** Seconds for which the longest of what is observed now has run. */
  readonly longestSeconds: number;
}

/**
 * Registers the database's metrics.
 * @param connectionsInUse asked when the metrics are read
 */
export function storeMetrics(metrics: Metrics, connectionsInUse: () => number): StoreMetrics {
  const duration = histogram(metrics, {
    name: "kecs_db_query_duration_seconds",
    help: "Time of database queries and commits",
    labelNames: ["operation", "table"],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  });
  const errors = counter(metrics, {
    name: "kecs_db_errors_total",
    help: "Database errors, by what was done and by DuckDB's kind of error",
    labelNames: ["operation", "error_type"],
  });
  const running = new Set<{ readonly since: number }>();
  const longestSeconds = (): number => {
    const [first] = running;
    return first === undefined ? 0 : (performance.now() - first.since) / 1000;
  };
  measured(metrics, { name: "kecs_db_connections_active", help: "Database connections in use" }, () =>
    connectionsInUse(),
  );
  measured(
    metrics,
    {
      name: "kecs_db_longest_running_seconds",
      help: "Seconds for which the longest running query or transaction has run",
    },
    () => longestSeconds(),
  );
  return {
    get longestSeconds() {
      return longestSeconds();
    },
    async observe(operation, query, work) {
      const own = { since: performance.now() };
      running.add(own);
      const end = duration.startTimer({ operation, table: query?.table ?? "all" });
      try {
        return await work();
      } catch (error) {
        errors.inc({ operation, error_type: errorType(error) });
        throw error;
      } finally {
        end();
        running.delete(own);
      }
    },
  };
}
