/**
 * One HTTP exchange with the API server, and when it may be repeated. Node's own http(s) with a keep-alive agent
 * serves all kinds alike: client-node's generated classes need one per group, turn times into Date and back, have no
 * abort per call, and cannot server-side apply to a status; its KubeObjectApi lists without paging.
 */
import http from "node:http";
import https from "node:https";
import { backoffMs, pause } from "./clock.ts";
import type { Connection, Credentials } from "./connection.ts";
import { KubeError, kubeErrorFromStatus, type StatusBody } from "./errors.ts";

export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with query, for example `/api/v1/pods?limit=5`. */
  path: string;
  body?: string | undefined;
  contentType?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Limit for the whole exchange; of a watch, for its beginning; with `decode`, for each pause in the answer. */
  timeoutMs: number;
  /** Makes something of the answer while it comes; else it is parsed as one JSON value. */
  decode?: ((body: AsyncIterable<Buffer>) => Promise<unknown>) | undefined;
}

/** Attempts of one call, the first included. */
const MAX_ATTEMPTS = 5;
/** A server that asks for a longer wait gets its error handed to the caller instead. */
const MAX_RETRY_AFTER_MS = 2_000;
const USER_AGENT = "kecs";

/**
 * Sends a request and parses its JSON answer. Repeats, a few times with growing pauses, what is safe to repeat: GETs
 * after connection errors, 429 and 5xx; writes only when they certainly were not carried out (connection refused, 429).
 * @throws KubeError; or the signal's reason when aborted.
 */
export async function exchange<T>(connection: Connection, request: HttpRequest): Promise<T> {
  const deadline = performance.now() + request.timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce<T>(connection, request);
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !mayRepeat(request, error)) throw error;
      const wait = (error as KubeError).retryAfterMs ?? backoffMs(attempt, { baseMs: 50, maxMs: 2_000 });
      if (performance.now() + wait > deadline) throw error;
      await pause(wait, request.signal);
      request.signal?.throwIfAborted();
    }
  }
}

/** Sends a watch request and hands out its answer once its headers are there. Not repeated. */
export async function openStream(connection: Connection, request: HttpRequest): Promise<http.IncomingMessage> {
  const response = await send(connection, request, "watchAgent");
  if (response.statusCode === 200) return response;
  throw await errorOf(response, request);
}

async function attemptOnce<T>(connection: Connection, request: HttpRequest): Promise<T> {
  let response = await send(connection, request, "agent");
  if (response.statusCode === 401) {
    // The token may have been replaced since it was read last.
    response.resume();
    await credentialsOf(connection, request, true);
    response = await send(connection, request, "agent");
  }
  if ((response.statusCode ?? 0) >= 300) throw await errorOf(response, request);
  const body = chunksOf(response, request);
  try {
    return (await (request.decode ?? parse)(body)) as T;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new KubeError({
      status: 0,
      reason: "Malformed",
      message: `${connection.server} did not answer with JSON; is it a Kubernetes API server?`,
      request: nameOf(request),
      cause,
    });
  }
}

async function send(
  connection: Connection,
  request: HttpRequest,
  kind: "agent" | "watchAgent",
): Promise<http.IncomingMessage> {
  request.signal?.throwIfAborted();
  const credentials = await credentialsOf(connection, request);
  const headers: http.OutgoingHttpHeaders = {
    ...credentials.headers,
    accept: "application/json",
    "user-agent": USER_AGENT,
  };
  if (request.body !== undefined) {
    headers["content-type"] = request.contentType ?? "application/json";
    headers["content-length"] = Buffer.byteLength(request.body);
  }
  const url = connection.server + request.path;
  const start = url.startsWith("https:") ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = start(url, { method: request.method, headers, agent: credentials[kind] });
    const expired = (): void => void outgoing.destroy(timeoutError(connection, request));
    const timer = setTimeout(expired, request.timeoutMs);
    const aborted = (): void => void outgoing.destroy(abortReason(request.signal));
    request.signal?.addEventListener("abort", aborted, { once: true });
    outgoing.on("close", () => {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", aborted);
    });
    outgoing.on("error", (error) => reject(connectionError(connection, request, error)));
    outgoing.on("response", (response) => {
      if (kind === "watchAgent" || request.decode !== undefined) clearTimeout(timer);
      if (request.decode !== undefined) outgoing.setTimeout(request.timeoutMs, expired);
      resolve(response);
    });
    outgoing.end(request.body);
  });
}

async function credentialsOf(connection: Connection, request: HttpRequest, fresh = false): Promise<Credentials> {
  try {
    return await connection.credentials(fresh);
  } catch (cause) {
    throw new KubeError({
      status: 0,
      reason: "Credentials",
      message: `no credentials for the Kubernetes API server at ${connection.server}: ${(cause as Error).message}`,
      request: nameOf(request),
      cause,
    });
  }
}

async function* chunksOf(response: http.IncomingMessage, request: HttpRequest): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof KubeError) throw error;
    throw new KubeError({
      status: 0,
      reason: "Unreachable",
      message: `the Kubernetes API server's answer broke off: ${(error as Error).message}`,
      request: nameOf(request),
      cause: error,
    });
  }
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(chunks)).toString("utf8");
}

async function parse(chunks: AsyncIterable<Buffer>): Promise<unknown> {
  return JSON.parse(await textOf(chunks));
}

async function errorOf(response: http.IncomingMessage, request: HttpRequest): Promise<KubeError> {
  const text = await textOf(chunksOf(response, request));
  const status = response.statusCode ?? 500;
  const body = parseStatus(text) ?? { message: `HTTP ${status}: ${text.slice(0, 500) || response.statusMessage}` };
  const retryAfter = Number(response.headers["retry-after"]);
  if (retryAfter > 0) body.details = { retryAfterSeconds: retryAfter, ...body.details };
  return kubeErrorFromStatus(body, { status, request: nameOf(request) });
}

function parseStatus(text: string): StatusBody | undefined {
  try {
    const body = JSON.parse(text) as StatusBody;
    return body.kind === "Status" ? body : undefined;
  } catch {
    return undefined; // proxies and load balancers answer in HTML
  }
}

function mayRepeat(request: HttpRequest, error: unknown): boolean {
  if (!(error instanceof KubeError) || request.signal?.aborted) return false;
  if ((error.retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS) return false;
  // A deadline that was used up once is not used up five times.
  if (error.reason === "Timeout" && error.status === 0) return false;
  if (request.method === "GET") return error.retryable;
  return error.status === 429 || refusedCodes.has(codeOf(error.cause));
}

/** Errors of making the connection: nothing was sent. */
const refusedCodes: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH"]);

function connectionError(connection: Connection, request: HttpRequest, error: Error): unknown {
  if (error instanceof KubeError || request.signal?.aborted) return error;
  return new KubeError({
    status: 0,
    reason: "Unreachable",
    message: `cannot reach the Kubernetes API server at ${connection.server}: ${error.message || codeOf(error)}`,
    request: nameOf(request),
    cause: error,
  });
}

function timeoutError(connection: Connection, request: HttpRequest): KubeError {
  return new KubeError({
    status: 0,
    reason: "Timeout",
    message: `the Kubernetes API server at ${connection.server} did not answer within ${request.timeoutMs / 1000} s`,
    request: nameOf(request),
  });
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error("aborted", { cause: signal?.reason });
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

function nameOf(request: HttpRequest): string {
  return `${request.method} ${request.path}`;
}
