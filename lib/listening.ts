import type { Server } from "node:http";

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no new requests and resolves when those begun are answered, or are cut off after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

/**
 * Lets a server listen.
 * @param port 0 takes a free one.
 * @throws Error when the address cannot be listened on.
 */
export async function listenOn(server: Server, host: string, port: number): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    close: (timeoutMs) =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => server.closeAllConnections(), timeoutMs);
        server.close(() => {
          clearTimeout(cutOff);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
