import { createServer, type IncomingHttpHeaders } from "node:http";
import { listenOn } from "#lib/listening.ts";

/** A request that a receiver got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a receiver answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

/** An HTTP server that keeps what is posted to it and answers as it is told. */
export async function receiver(answer: (received: Received, count: number) => Answer | Promise<Answer>) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const one = { headers: request.headers, body };
      received.push(one);
      void Promise.resolve(answer(one, received.length)).then(({ status, headers = {} }) =>
        response.writeHead(status, headers).end(),
      );
    });
  });
  const { port } = await listenOn(server, "127.0.0.1", 0);
  return {
    url: `http://127.0.0.1:${port}/hook?token=hidden`,
    received,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
