import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { Duplex } from "node:stream";
import { listenOn, type Listening } from "#lib/listening.ts";

/** Takes a connection over whose client wants another protocol. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A client that sends its request more slowly than this is cut off. */
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Longer than the idle time after which SDKs and load balancers (60 s) drop a connection themselves. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Listens for HTTP requests.
 * @param port 0 takes a free one.
 * @param upgrade has to end the connections that it takes.
 * @throws Error when the address cannot be listened on.
 */
export async function listen(
  handler: RequestListener,
  host: string,
  port: number,
  upgrade?: UpgradeListener,
): Promise<Listening> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    handler,
  );
  if (upgrade !== undefined) server.on("upgrade", upgrade);
  return listenOn(server, host, port);
}
