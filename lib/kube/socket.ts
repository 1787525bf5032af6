import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { Connection } from "./connection.ts";
import { KubeError, kubeErrorFromStatus, type StatusBody } from "./errors.ts";

export interface SocketRequest {
  /** Path with query. */
  path: string;
  /** Subprotocols, best first. */
  protocols: readonly string[];
  signal?: AbortSignal | undefined;
  /** Limit until the socket is open. */
  timeoutMs: number;
}

/** Answers longer than this are no Status. */
const STATUS_MAX_BYTES = 64 * 1024;

/**
 * Opens a WebSocket to the API server, as the subresources exec, attach and portforward of a Pod want it. What comes
 * before the caller listens would be lost, so it is returned paused.
 * @throws KubeError; or the signal's reason when aborted.
 */
export async function openSocket(connection: Connection, request: SocketRequest): Promise<WebSocket> {
  try {
    return await attempt(connection, request, false);
  } catch (error) {
    // The token may have been replaced since it was read last.
    if (error instanceof KubeError && error.status === 401) return attempt(connection, request, true);
    throw error;
  }
}

async function attempt(connection: Connection, request: SocketRequest, fresh: boolean): Promise<WebSocket> {
  const { path, protocols, signal, timeoutMs } = request;
  signal?.throwIfAborted();
  const { headers, watchAgent } = await connection.credentials(fresh);
  const socket = new WebSocket(connection.server.replace(/^http/, "ws") + path, [...protocols], {
    headers: headers as Record<string, string>,
    agent: watchAgent,
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => socket.terminate();
    signal?.addEventListener("abort", abort, { once: true });
    const fail = (error: unknown): void => {
      signal?.removeEventListener("abort", abort);
      reject(signal?.aborted ? signal.reason : error);
    };
    socket.once("unexpected-response", (_, response) => {
      void refusal(response, path).then(fail);
      socket.on("error", () => undefined);
    });
    const failed = (error: Error): void => fail(unreachable(connection, path, error));
    socket.once("error", failed);
    socket.once("open", () => {
      signal?.removeEventListener("abort", abort);
      socket.off("error", failed);
      socket.pause();
      resolve(socket);
    });
  });
}

async function refusal(response: IncomingMessage, path: string): Promise<KubeError> {
  const status = response.statusCode ?? 500;
  let text = "";
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > STATUS_MAX_BYTES) break;
    }
  } catch {
    // What has come is enough to say what it says.
  }
  const request = `GET ${path.split("?")[0]}`;
  return kubeErrorFromStatus(statusOf(text) ?? { message: `HTTP ${status}` }, { status, request });
}

function statusOf(text: string): StatusBody | undefined {
  try {
    const body = JSON.parse(text) as StatusBody;
    return body.kind === "Status" ? body : undefined;
  } catch {
    return undefined;
  }
}

function unreachable(connection: Connection, path: string, cause: Error): KubeError {
  return new KubeError({
    status: 0,
    reason: "Unreachable",
    message: `cannot reach the Kubernetes API server at ${connection.server}: ${cause.message}`,
    request: `GET ${path.split("?")[0]}`,
    cause,
  });
}
