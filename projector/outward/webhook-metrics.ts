import { counter, gauge, type Metrics } from "#lib/metrics.ts";
import type { Outcome } from "./attempt.ts";

/** What deliveries are counted by. */
export interface WebhookMetrics {
  attempted(target: string, result: Outcome["result"]): void;
  /** @param dropped dead letters that went because there were too many */
  gaveUp(target: string, dropped: number): void;
}

/** Registers the webhooks' metrics; `lags` is asked when they are read: seconds by target. */
export function webhookMetrics(
  metrics: Metrics,
  targets: readonly string[],
  lags: () => Promise<ReadonlyMap<string, number>>,
): WebhookMetrics {
  const attempts = counter(metrics, {
    name: "kecs_webhook_attempts_total",
    help: "Attempts to deliver an event: sent, failed (tried again), refused",
    labelNames: ["target", "result"],
  });
  const dead = counter(metrics, {
    name: "kecs_webhook_dead_letters_total",
    help: "Events that were given up",
    labelNames: ["target"],
  });
  const surplus = counter(metrics, {
    name: "kecs_webhook_dead_letters_dropped_total",
    help: "Dead letters that went because there were too many",
    labelNames: ["target"],
  });
  const lag = gauge(metrics, {
    name: "kecs_webhook_lag_seconds",
    help: "Age of the oldest change whose events a webhook has not got",
    labelNames: ["target"],
  });
  for (const target of targets) {
    for (const result of ["sent", "failed", "refused"]) attempts.inc({ target, result }, 0);
    dead.inc({ target }, 0);
    surplus.inc({ target }, 0);
  }
  Object.assign(lag, {
    collect: async () => {
      for (const [target, seconds] of await lags()) lag.set({ target }, seconds);
    },
  });
  return {
    attempted: (target, result) => attempts.inc({ target, result }),
    gaveUp: (target, dropped) => {
      dead.inc({ target });
      surplus.inc({ target }, dropped);
    },
  };
}
