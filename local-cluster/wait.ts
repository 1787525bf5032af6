/** Waiting for a condition, always with a bound. */
import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

export class WaitError extends Error {
  override name = "WaitError";
}

export interface WaitOptions {
  timeoutMs: number;
  intervalMs?: number;
  /** Says why waiting is useless, such as a dead process; undefined to go on. */
  hopeless?: () => Promise<string | undefined>;
}

/**
 * Asks again and again until the answer is true.
 *
 * @throws WaitError when time is up or it has become hopeless
 */
export async function waitFor(what: string, ready: () => Promise<boolean>, options: WaitOptions): Promise<void> {
  const end = Date.now() + options.timeoutMs;
  while (!(await ready())) {
    const why = await options.hopeless?.();
    if (why !== undefined) throw new WaitError(why);
    if (Date.now() > end) throw new WaitError(`${what} is not ready after ${options.timeoutMs / 1000} s`);
    await sleep(options.intervalMs ?? 100);
  }
}

export interface ClientFiles {
  ca: string;
  cert: string;
  key: string;
}

/** Whether a GET answers 200 within two seconds. Https without client files does not check the certificate. */
export async function answers(url: string, client?: ClientFiles): Promise<boolean> {
  const tls = client
    ? { ca: await readFile(client.ca), cert: await readFile(client.cert), key: await readFile(client.key) }
    : { rejectUnauthorized: false };
  return new Promise((resolve) => {
    const options = { timeout: 2000, agent: false as const };
    const call = url.startsWith("https:") ? httpsRequest(url, { ...options, ...tls }) : httpRequest(url, options);
    call.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(false));
    call.on("close", () => resolve(false));
    call.end();
  });
}
