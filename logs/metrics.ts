import { counter, gauge, measured, type Metrics } from "#lib/metrics.ts";
import { type LogEntry, millisecondsOf } from "./lines.ts";

/** What is measured of the capture of logs. */
export interface LogMetrics {
  /** @param batches the events of each stream of a commit */
  committed(batches: readonly (readonly LogEntry[])[]): void;
  failed(what: "read" | "commit" | "sweep", error: unknown): void;
  stored(bytes: number): void;
}

/**
 * Registers the metrics of the capture.
 * @param places asked when the metrics are read
 * @param onFailure told of each failure, for the log
 */
export function logMetrics(
  metrics: Metrics,
  places: { readonly held: number; readonly waiting: number },
  onFailure: (what: string, error: unknown) => void,
): LogMetrics {
  measured(metrics, { name: "kecs_logs_streams_followed", help: "Container logs being read now" }, () => places.held);
  measured(
    metrics,
    {
      name: "kecs_logs_streams_waiting",
      help: "Container logs that wait to be read because KECS_LOG_STREAMS are",
    },
    () => places.waiting,
  );
  const events = counter(metrics, { name: "kecs_logs_events_total", help: "Log events stored" });
  const bytes = counter(metrics, { name: "kecs_logs_bytes_total", help: "Bytes of log events stored" });
  const held = gauge(metrics, { name: "kecs_logs_stored_bytes", help: "Bytes of log events that are kept now" });
  const lag = gauge(metrics, {
    name: "kecs_logs_lag_seconds",
    help: "Age of the newest event when it was stored, at the last commit",
  });
  const errors = counter(metrics, {
    name: "kecs_logs_errors_total",
    help: "Failures of the capture of logs; reading goes on by itself",
    labelNames: ["operation"],
  });
  for (const operation of ["read", "commit", "sweep"]) errors.inc({ operation }, 0);
  return {
    committed(batches) {
      let newest = "";
      for (const entries of batches) {
        events.inc(entries.length);
        for (const { at, message } of entries) {
          bytes.inc(message.length);
          if (at > newest) newest = at;
        }
      }
      if (newest !== "") lag.set(Math.max(0, Date.now() - millisecondsOf(newest)) / 1000);
    },
    failed(operation, error) {
      errors.inc({ operation });
      onFailure(operation, error);
    },
    stored: (size) => held.set(size),
  };
}
