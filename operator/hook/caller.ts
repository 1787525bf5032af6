import type { Config } from "#lib/config.ts";
import { backoffMs, pause } from "#lib/kube/clock.ts";
import type { Logger } from "#lib/log.ts";
import { counter, type Metrics } from "#lib/metrics.ts";
import { type HookAnswer, parseAnswer } from "./answer.ts";

/** One call of a hook's target. */
export interface HookCall {
  /** Tells it from the calls before and after it. */
  readonly key: string;
  /** Whose hook it is: `namespace/name`, woken when there is an answer. */
  readonly service: string;
  readonly url: string;
  readonly event: { readonly lifecycleStage: string };
}

interface Deps {
  readonly config: Pick<Config, "hookTimeoutSeconds">;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Known {
  readonly service: string;
  readonly end: AbortController;
  answer?: HookAnswer;
}

/** As AWS's SDKs try a call. */
const ATTEMPTS = 3;
const RETRY_BASE_MS = 500;
const RETRY_MAX_MS = 5_000;
const TRANSIENT: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const LONGEST_ANSWER = 64 * 1024;

/**
 * Calls lifecycle hooks' targets beside the work of reconcilers, which find the answers here with their next look. What
 * is here goes with the process: a call whose answer was not written down is made again.
 */
export class HookCaller {
  private readonly deps: Deps;
  private readonly calls = new Map<string, Known>();
  private ends: AbortSignal | undefined;
  private wake: (service: string) => void = () => undefined;

  constructor(deps: Deps) {
    this.deps = deps;
    for (const result of ["SUCCEEDED", "FAILED", "IN_PROGRESS"] as const) this.count(result, 0);
  }

  /** @param ends aborts the calls that are under way, and lets no other begin */
  start(ends: AbortSignal, wake: (service: string) => void): void {
    this.ends = ends;
    this.wake = wake;
  }

  /** Begins a call unless it is known. */
  call(call: HookCall): void {
    if (this.calls.has(call.key) || this.ends === undefined || this.ends.aborted) return;
    const known: Known = { service: call.service, end: new AbortController() };
    this.calls.set(call.key, known);
    void this.run(call, known);
  }

  /** The answers to a service's calls, by their keys. */
  answersOf(service: string): ReadonlyMap<string, HookAnswer> {
    return new Map(
      [...this.calls].flatMap(([key, known]) =>
        known.service === service && known.answer !== undefined ? [[key, known.answer] as const] : [],
      ),
    );
  }

  /** Forgets a service's calls but these; those that are under way are given up. */
  keep(service: string, keys: ReadonlySet<string>): void {
    for (const [key, known] of this.calls) {
      if (known.service !== service || keys.has(key)) continue;
      known.end.abort(new Error("nobody waits for it"));
      this.calls.delete(key);
    }
  }

  private async run({ key, url, event, service }: HookCall, known: Known): Promise<void> {
    const { config, log } = this.deps;
    const stop = AbortSignal.any([known.end.signal, ...(this.ends ? [this.ends] : [])]);
    const answer = await ask(url, event, { stop, timeoutMs: config.hookTimeoutSeconds * 1000 });
    if (stop.aborted) return;
    known.answer = answer;
    this.count(answer.hookStatus, 1);
    // Neither the URL nor details: they may hold secrets.
    const { lifecycleStage: stage } = event;
    log.info("a lifecycle hook has answered", { service, stage, hook: key, hookStatus: answer.hookStatus });
    this.wake(service);
  }

  private count(result: HookAnswer["hookStatus"], by: number): void {
    const name = "kecs_lifecycle_hook_calls_total";
    const help = "Calls of lifecycle hooks' targets, by what they answered";
    counter(this.deps.metrics, { name, help, labelNames: ["result"] }).inc({ result }, by);
  }
}

interface Limits {
  readonly stop: AbortSignal;
  readonly timeoutMs: number;
}

/** A target's answer, all attempts together within the time limit. Never fails: what goes wrong is an answer. */
async function ask(url: string, event: object, { stop, timeoutMs }: Limits): Promise<HookAnswer> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await post(url, event, signal);
    if ("text" in outcome) return parseAnswer(outcome.text);
    if (signal.aborted) return failed(`it did not answer within ${timeoutMs / 1000} seconds`);
    if (!outcome.transient || attempt === ATTEMPTS) return failed(outcome.reason);
    await pause(backoffMs(attempt - 1, { baseMs: RETRY_BASE_MS, maxMs: RETRY_MAX_MS }), signal);
  }
}

const failed = (reason: string): HookAnswer => ({ hookStatus: "FAILED", reason });

type Outcome = { readonly text: string } | { readonly reason: string; readonly transient: boolean };

async function post(url: string, event: object, signal: AbortSignal): Promise<Outcome> {
  try {
    const { address, authorization } = withoutCredentials(url);
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...authorization },
      body: JSON.stringify(event),
      redirect: "error",
      signal,
    });
    const text = await limitedText(response);
    if (!response.ok) return { reason: `status ${response.status}`, transient: TRANSIENT.has(response.status) };
    return text === undefined ? { reason: "its answer is too long", transient: false } : { text };
  } catch (error) {
    return { reason: `it cannot be reached${codeOf(error)}`, transient: true };
  }
}

/** `fetch` takes no URL with a user's name and password: these go into a header. */
function withoutCredentials(url: string): { address: URL; authorization: Record<string, string> } {
  const address = new URL(url);
  const { username, password } = address;
  address.username = "";
  address.password = "";
  if (username === "" && password === "") return { address, authorization: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address, authorization: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

async function limitedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > LONGEST_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Only a code: messages may repeat the URL. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return code === "" ? "" : ` (${code})`;
}
