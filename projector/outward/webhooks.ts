import type { Identity } from "#lib/ecs/arns.ts";
import type { Logger } from "#lib/log.ts";
import type { Metrics } from "#lib/metrics.ts";
import type { Reader, ResultRow, Runner, Transactor } from "../repository.ts";
import { dateOf } from "../session.ts";
import { attempt } from "./attempt.ts";
import type { AwsEvent } from "./aws-events.ts";
import type { WebhookConfig } from "./webhook-config.ts";
import { webhookMetrics } from "./webhook-metrics.ts";
import { addDeadLetter, type TargetOptions, WebhookTarget } from "./webhook-target.ts";

export interface WebhooksOptions {
  readonly webhooks: readonly WebhookConfig[];
  readonly store: Reader & Transactor<Runner>;
  readonly identity: Identity;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly onCommit: TargetOptions["onCommit"];
  readonly signal: AbortSignal;
  readonly backoff?: NonNullable<TargetOptions["backoff"]>;
}

/** A webhook as people ask about it. */
export interface WebhookState {
  readonly name: string;
  /** Scheme and host: what comes after may be a secret. */
  readonly url: string;
  readonly signed: boolean;
  /** Position in the history up to which all is delivered. */
  readonly position: string;
  readonly waitingSince?: Date;
  readonly lastError?: string;
  readonly deadLetters: number;
}

/** An event that was given up. */
export interface DeadLetter {
  readonly target: string;
  readonly event: AwsEvent;
  readonly attempts: number;
  readonly reason: string;
  readonly failedAt: Date;
}

export interface DeadLetterFilter {
  readonly target?: string;
  readonly eventId?: string;
  readonly limit: number;
}

/** Deliveries to webhooks. */
export interface Webhooks {
  /** Settles when all have ended after the signal. */
  readonly stopped: Promise<unknown>;
  states(): Promise<WebhookState[]>;
  deadLetters(filter: DeadLetterFilter): Promise<DeadLetter[]>;
  /** Sends dead letters once more, oldest first; those that are taken are no more. Stops with the signal. */
  replay(filter: DeadLetterFilter, signal: AbortSignal): Promise<{ sent: number; failed: number }>;
}

/** Delivers what happens to the webhooks that are configured, each in its own time. */
export function startWebhooks(options: WebhooksOptions): Webhooks {
  const { webhooks, store, signal } = options;
  const targets: WebhookTarget[] = [];
  const metrics = webhookMetrics(
    options.metrics,
    webhooks.map(({ name }) => name),
    () => lags(targets),
  );
  targets.push(...webhooks.map((config) => new WebhookTarget(config, { ...options, metrics })));
  const deadLetters: Webhooks["deadLetters"] = async ({ target, eventId, limit }) =>
    (await store.read("dead_letters", { target, event_id: eventId, limit })).map(deadLetterOf);
  return {
    stopped: Promise.all(targets.map((target) => target.run())),
    states: () => states(targets, store),
    deadLetters,
    async replay(filter, until) {
      const counts = { sent: 0, failed: 0 };
      for (const letter of await deadLetters(filter)) {
        const config = webhooks.find(({ name }) => name === letter.target);
        if (config === undefined || until.aborted) continue;
        const outcome = await attempt(config, letter.event, AbortSignal.any([signal, until]));
        metrics.attempted(config.name, outcome.result);
        await store.write(async (transaction) => {
          if (outcome.result === "sent") {
            await transaction.run("delete_dead_letter", { target: config.name, event_id: letter.event.id });
          } else {
            await addDeadLetter(transaction, {
              ...letter,
              attempts: letter.attempts + 1,
              reason: outcome.reason,
            });
          }
        });
        if (outcome.result === "sent") counts.sent++;
        else counts.failed++;
      }
      return counts;
    },
  };
}

async function lags(targets: readonly WebhookTarget[]): Promise<Map<string, number>> {
  const found = await Promise.all(
    targets.map(async (target) => {
      const since = await target.waitingSince().catch(() => undefined);
      return [target.config.name, since === undefined ? 0 : (Date.now() - since.getTime()) / 1000] as const;
    }),
  );
  return new Map(found);
}

async function states(targets: readonly WebhookTarget[], store: Reader): Promise<WebhookState[]> {
  const rows = await store.read("dead_letter_counts");
  const letters = new Map(rows.map((row) => [String(row["target"]), Number(row["letters"])]));
  return Promise.all(
    targets.map(async (target) => {
      const { config, position, lastError } = target;
      const since = await target.waitingSince();
      return stateOf(config, { position, lastError, since, letters: letters.get(config.name) ?? 0 });
    }),
  );
}

function stateOf(
  config: WebhookConfig,
  of: { position: string; lastError: string | undefined; since: Date | undefined; letters: number },
): WebhookState {
  return {
    name: config.name,
    url: new URL(config.url).origin,
    signed: config.secret !== undefined,
    position: of.position,
    ...(of.since !== undefined && { waitingSince: of.since }),
    ...(of.lastError !== undefined && { lastError: of.lastError }),
    deadLetters: of.letters,
  };
}

function deadLetterOf(row: ResultRow): DeadLetter {
  return {
    target: String(row["target"]),
    event: JSON.parse(String(row["event"])) as AwsEvent,
    attempts: Number(row["attempts"]),
    reason: String(row["reason"]),
    failedAt: dateOf(row["failed_at"]) ?? new Date(0),
  };
}
