import type { DuckDBAppender } from "@duckdb/node-api";
import { backoffMs, pause } from "#lib/kube/clock.ts";
import type { Logger } from "#lib/log.ts";
import { counter, measured, type Metrics } from "#lib/metrics.ts";
import type { Transactor } from "./repository.ts";
import { timestampValue } from "./session.ts";

/** One call of an API. */
export interface ApiCall {
  readonly at: Date;
  readonly requestId: string;
  readonly api: string;
  readonly operation: string;
  readonly mutating: boolean;
  readonly accessKeyId?: string | undefined;
  readonly sourceIp?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly resources: readonly string[];
  /** `OK`, or the error's code. */
  readonly result: string;
  readonly status: number;
  readonly latencyMs: number;
}

export interface AuditTrailOptions {
  readonly store: Transactor;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Seconds for which calls are kept. */
  readonly retentionSeconds: number;
  /** Calls that may wait for the database. */
  readonly maxWaiting?: number;
}

const MAX_WAITING = 20_000;
const BATCH = 2_000;
/** Calls within this time are written together: each commit costs the others' a turn. */
const GATHER_MS = 200;
const FORGET_EVERY_MS = 600_000;
const BACKOFF = { baseMs: 500, maxMs: 10_000 };

/**
 * Keeps calls in the database, in groups, without anybody waiting for it. Where the database takes none for long, calls
 * that only read are dropped and counted; those that change something go to the log instead, whole.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #kept;
  readonly #dropped;
  readonly #waiting: ApiCall[] = [];
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    const { metrics } = options;
    const labelNames = ["kind"] as const;
    this.#kept = counter(metrics, {
      name: "kecs_audit_calls_total",
      help: "API calls kept in the audit trail",
      labelNames,
    });
    this.#dropped = counter(metrics, {
      name: "kecs_audit_dropped_total",
      help: "API calls that the database did not take in time; mutating ones are in the log",
      labelNames,
    });
    for (const kind of ["mutating", "read"]) {
      this.#kept.inc({ kind }, 0);
      this.#dropped.inc({ kind }, 0);
    }
    measured(
      metrics,
      { name: "kecs_audit_waiting", help: "API calls that wait for the database" },
      () => this.#waiting.length,
    );
  }

  /** Takes a call in; returns at once. */
  record(call: ApiCall): void {
    this.#waiting.push(call);
    if (this.#waiting.length > (this.#options.maxWaiting ?? MAX_WAITING)) this.#drop();
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Writes what waits, once more if need be; what is left then is dropped. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    while (this.#waiting.length > 0) this.#drop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (let failures = 0; this.#waiting.length > 0;) {
      await pause(failures === 0 ? GATHER_MS : backoffMs(failures - 1, BACKOFF), signal);
      try {
        await this.#write();
        failures = 0;
      } catch (error) {
        failures++;
        this.#options.log.error("API calls cannot be kept; they wait", { waiting: this.#waiting.length, error });
        if (signal.aborted) return;
      }
    }
  }

  async #write(): Promise<void> {
    const batch = this.#waiting.slice(0, BATCH);
    const now = performance.now();
    const forgets = now - this.#forgotAt >= FORGET_EVERY_MS;
    await this.#options.store.write(async (transaction) => {
      await transaction.session.append("api_call_log", batch, appendCall);
      if (!forgets) return;
      const before = new Date(Date.now() - this.#options.retentionSeconds * 1000);
      await transaction.run("delete_old_api_calls", { before });
    });
    if (forgets) this.#forgotAt = now;
    // What was dropped meanwhile was not of the batch's beginning: it is looked up again.
    const written = new Set(batch);
    const left = this.#waiting.filter((call) => !written.has(call));
    this.#waiting.splice(0, this.#waiting.length, ...left);
    for (const { mutating } of batch) this.#kept.inc({ kind: kindOf(mutating) });
  }

  #drop(): void {
    const index = this.#waiting.findIndex(({ mutating }) => !mutating);
    const [call] = this.#waiting.splice(Math.max(index, 0), 1);
    if (call === undefined) return;
    this.#dropped.inc({ kind: kindOf(call.mutating) });
    if (call.mutating) this.#options.log.warn("API call is not in the audit trail", { call });
  }
}

function kindOf(mutating: boolean): "mutating" | "read" {
  return mutating ? "mutating" : "read";
}

function appendCall(appender: DuckDBAppender, call: ApiCall): void {
  appender.appendTimestamp(timestampValue(call.at));
  for (const text of [call.requestId, call.api, call.operation]) appender.appendVarchar(text);
  appender.appendBoolean(call.mutating);
  for (const text of [call.accessKeyId, call.sourceIp, call.userAgent]) {
    if (text === undefined) appender.appendNull();
    else appender.appendVarchar(text);
  }
  appender.appendVarchar(JSON.stringify(call.resources));
  appender.appendVarchar(call.result);
  appender.appendInteger(call.status);
  appender.appendDouble(call.latencyMs);
  appender.endRow();
}
