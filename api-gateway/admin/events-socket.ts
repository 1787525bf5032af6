import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import { parse } from "node:querystring";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Logger } from "#lib/log.ts";
import type { StreamItem } from "#projector/event-stream.ts";
import { AdminError } from "./admin-error.ts";
import { type EventsRoute, RESET } from "./events-route.ts";
import { notLocal } from "./local-only.ts";

export interface EventsSocketOptions {
  readonly events: Pick<EventsRoute, "items">;
  readonly log: Logger;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
  readonly pingMs?: number;
  readonly slowMs?: number;
}

export const EVENTS_SOCKET_PATH = "/events/socket";
/** Bytes that may wait for a reader before no more events are read for him. */
const BUFFERED_MAX = 1_000_000;
/** A reader who has taken nothing of that for so long is cut off; he can come back with the last event's id. */
const SLOW_MS = 30_000;
/** Without an answer to the ping before, a connection is taken for dead. */
const PING_MS = 15_000;
const [GOING_AWAY, INTERNAL_ERROR, TRY_AGAIN_LATER] = [1001, 1011, 1013];

/**
 * `GET /events/socket?types=&cluster=&last-event-id=` as a WebSocket: the events of `/events/stream`, one JSON text each.
 * What a client sends is not looked at.
 * @see https://www.rfc-editor.org/rfc/rfc6455
 */
export class EventsSocket {
  readonly #options: EventsSocketOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });

  constructor(options: EventsSocketOptions) {
    this.#options = options;
  }

  /** Takes a connection over that asks for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const gone = new AbortController();
    const signal = AbortSignal.any([gone.signal, this.#options.signal]);
    try {
      const items = this.#open(request, signal);
      this.#server.handleUpgrade(request, socket, head, (client) => {
        client.once("close", () => gone.abort());
        void this.#serve(client, items, signal);
      });
      // A handshake that fails ends the connection without a WebSocket.
      socket.once("close", () => gone.abort());
    } catch (error) {
      gone.abort();
      refuse(socket, error);
    }
  }

  #open(request: IncomingMessage, signal: AbortSignal): AsyncGenerator<StreamItem> {
    const reason = notLocal(request);
    if (reason !== undefined) throw new AdminError(403, reason);
    const [path, query = ""] = (request.url ?? "").split("?", 2);
    if (path !== EVENTS_SOCKET_PATH) throw new AdminError(404, `The only WebSocket is ${EVENTS_SOCKET_PATH}.`);
    return this.#options.events.items(parse(query), undefined, signal);
  }

  async #serve(client: WebSocket, items: AsyncGenerator<StreamItem>, signal: AbortSignal): Promise<void> {
    const stopPings = keepAlive(client, this.#options.pingMs ?? PING_MS);
    client.on("error", () => client.terminate());
    try {
      for await (const item of items) {
        if (item !== "idle") client.send(JSON.stringify(item === "reset" ? { type: "reset", message: RESET } : item));
        if (!(await this.#drained(client))) {
          client.close(TRY_AGAIN_LATER, "You read too slowly. Come back with last-event-id.");
          // What waits for him will not go: neither would the farewell.
          client.terminate();
          return;
        }
      }
      client.close(GOING_AWAY, "KECS ends.");
    } catch (error) {
      if (!signal.aborted) this.#options.log.error("Events cannot be read", { error });
      client.close(INTERNAL_ERROR, "KECS cannot read its events; its log says why.");
    } finally {
      stopPings();
      await items.return(undefined);
    }
  }

  /** False where a reader takes nothing for too long. */
  async #drained(client: WebSocket): Promise<boolean> {
    const { slowMs = SLOW_MS } = this.#options;
    for (let since = performance.now(), last = client.bufferedAmount; client.bufferedAmount > BUFFERED_MAX;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (client.bufferedAmount < last) since = performance.now();
      last = client.bufferedAmount;
      if (performance.now() - since > slowMs) return false;
    }
    return true;
  }
}

function keepAlive(client: WebSocket, everyMs: number): () => void {
  let answered = true;
  client.on("pong", () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return client.terminate();
    answered = false;
    client.ping();
  }, everyMs);
  return () => clearInterval(timer);
}

function refuse(socket: Duplex, error: unknown): void {
  const status = error instanceof AdminError ? error.status : 500;
  const message = error instanceof AdminError ? error.message : "KECS failed to answer.";
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
