import {
  BrokenCircuitError,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  noJitterGenerator,
  retry,
  wrap,
} from "cockatiel";
import type { Logger } from "#lib/log.ts";
import { counter, gauge, type Metrics } from "#lib/metrics.ts";
import type { Reader } from "./repository.ts";
import { DatabaseUnavailableError, mayPass, storeErrorKind } from "./store-errors.ts";

export interface ResilienceOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Attempts after the first, for what may pass. */
  readonly retries?: number;
  /** Milliseconds between attempts, at least and at most; spread at random. */
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
  /** Failures in a row after which the database is not asked for a while. */
  readonly failures?: number;
  /** Milliseconds of that while: doubling from the first to the last. */
  readonly breakMs?: { readonly baseMs: number; readonly maxMs: number };
}

const RETRIES = 3;
const BACKOFF = { baseMs: 25, maxMs: 500 };
const FAILURES = 5;
const BREAK = { baseMs: 1_000, maxMs: 30_000 };

/**
 * A reader that asks again where that may help, and no more for a while once the database has failed several times in a
 * row: then callers are told at once, instead of each waiting for its own failure.
 * @throws DatabaseUnavailableError in that while
 */
export function resilientReader(reader: Reader, options: ResilienceOptions): Reader {
  const { log, metrics, retries = RETRIES, backoff = BACKOFF, failures = FAILURES, breakMs = BREAK } = options;
  const again = retry(handleWhen(mayPass), {
    maxAttempts: retries,
    backoff: new ExponentialBackoff({ initialDelay: backoff.baseMs, maxDelay: backoff.maxMs }),
  });
  const breaker = circuitBreaker(
    // A question that is wrong says nothing about the database.
    handleWhen((error) => storeErrorKind(error) !== "invalid"),
    {
      breaker: new ConsecutiveBreaker(failures),
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: breakMs.baseMs,
        maxDelay: breakMs.maxMs,
        generator: noJitterGenerator,
      }),
    },
  );
  const open = gauge(metrics, {
    name: "kecs_db_circuit_open",
    help: "1 while the database is not asked because it failed",
  });
  const retried = counter(metrics, {
    name: "kecs_db_retries_total",
    help: "Reads of the database that were tried again, by kind of failure",
    labelNames: ["error_kind"],
  });
  open.set(0);
  again.onRetry((reason) =>
    retried.inc({ error_kind: "error" in reason ? storeErrorKind(reason.error) : "transient" }),
  );
  breaker.onBreak((reason) => {
    open.set(1);
    log.error("Database fails; it is not asked for a while", { error: "error" in reason ? reason.error : undefined });
  });
  breaker.onReset(() => {
    open.set(0);
    log.info("Database answers again");
  });
  const policy: IPolicy = wrap(again, breaker);
  const retryAfterSeconds = Math.ceil(breakMs.baseMs / 1000);
  return {
    read: async (query, parameters) => {
      try {
        return await policy.execute(() => reader.read(query, parameters));
      } catch (error) {
        if (error instanceof BrokenCircuitError)
          throw new DatabaseUnavailableError(retryAfterSeconds, { cause: error });
        throw error;
      }
    },
  };
}
