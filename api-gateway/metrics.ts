import { counter, gauge, histogram, type Metrics } from "#lib/metrics.ts";

/** What is measured of the API. */
export interface ApiMetrics {
  /** @param operation name of the operation, `Unknown` where the request names none. @param code `OK` or ECS error code. */
  answered(operation: string, code: string, seconds: number): void;
  started(): void;
  ended(): void;
  readTimedOut(): void;
}

/** @param operations the operations that are built: their series are there from the start. */
export function createApiMetrics(metrics: Metrics, operations: readonly string[]): ApiMetrics {
  const duration = histogram(metrics, {
    name: "kecs_api_request_duration_seconds",
    help: "Duration of ECS API requests, by operation and outcome (OK or the ECS error code).",
    labelNames: ["operation", "code"],
  });
  for (const operation of operations) {
    for (const code of ["OK", "ServerException"]) duration.zero({ operation, code });
  }
  duration.zero({ operation: "Unknown", code: "UnknownOperationException" });
  const inFlight = gauge(metrics, { name: "kecs_api_requests_in_flight", help: "ECS API requests being served." });
  const timeouts = counter(metrics, {
    name: "kecs_api_read_your_writes_timeouts_total",
    help: "Requests refused because the read side did not show this gateway's own earlier writes in time.",
  });
  return {
    answered: (operation, code, seconds) => duration.observe({ operation, code }, seconds),
    started: () => inFlight.inc(),
    ended: () => inFlight.dec(),
    readTimedOut: () => timeouts.inc(),
  };
}
