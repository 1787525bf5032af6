import { Webhook } from "standardwebhooks";
import type { AwsEvent } from "./aws-events.ts";
import type { WebhookConfig } from "./webhook-config.ts";

/** How one attempt went. */
export type Outcome =
  | { readonly result: "sent" }
  /** Later attempts may fare better, not before `retryAfterMs`. */
  | { readonly result: "failed"; readonly reason: string; readonly retryAfterMs?: number }
  /** The receiver will not have it. */
  | { readonly result: "refused"; readonly reason: string };

/** Statuses below 500 after which EventBridge tries an API destination again, and those that ask for it. */
const TRY_AGAIN: ReadonlySet<number> = new Set([401, 407, 408, 409, 425, 429]);

/**
 * POSTs an event once, signed where there is a secret.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function attempt(webhook: WebhookConfig, event: AwsEvent, signal: AbortSignal): Promise<Outcome> {
  const body = JSON.stringify(event);
  try {
    const response = await fetch(webhook.url, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "user-agent": "KECS", ...signatureOf(webhook, event.id, body) },
      // Where to send is for the configuration to say, not for whoever answers.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(webhook.timeoutSeconds * 1000)]),
    });
    await response.body?.cancel();
    return outcomeOf(response);
  } catch (error) {
    return { result: "failed", reason: reasonOf(error) };
  }
}

function outcomeOf({ ok, status, headers }: Response): Outcome {
  if (ok) return { result: "sent" };
  const reason = `The receiver answered ${status}.`;
  if (status < 500 && !TRY_AGAIN.has(status)) return { result: "refused", reason };
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return { result: "failed", reason, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) };
}

function signatureOf({ secret }: WebhookConfig, id: string, body: string): Record<string, string> {
  const now = new Date();
  const headers = { "webhook-id": id, "webhook-timestamp": String(Math.floor(now.getTime() / 1000)) };
  const key = secret?.();
  if (key === undefined) return headers;
  const signer = key.startsWith("whsec_") ? new Webhook(key) : new Webhook(key, { format: "raw" });
  return { ...headers, "webhook-signature": signer.sign(id, now, body) };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "The receiver did not answer in time.";
  const { cause } = error;
  const why = cause instanceof Error ? ("code" in cause && String(cause.code)) || cause.message : undefined;
  return why === undefined ? error.message : `The receiver cannot be reached: ${why}.`;
}
