import { connect, type Socket } from "node:net";
import { percentile } from "./statistics.ts";

/** What a load saw. */
export interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Sends requests over keep-alive connections, one at a time on each, for `ms` milliseconds. It speaks just enough HTTP for
 * answers with a Content-Length, so that it costs the machine less than what it measures.
 * @param options.atLeast go on beyond that time until so many requests were answered
 * @param options.request the bytes of the n-th request
 * @throws Error for an answer that is not 200
 */
export async function load(
  port: number,
  options: { connections: number; ms: number; atLeast?: number; request: (index: number) => Buffer },
): Promise<Load> {
  const { connections, ms, atLeast = 0, request } = options;
  const times: number[] = [];
  const started = performance.now();
  let index = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = new Connection(port);
      try {
        while (performance.now() - started < ms || times.length < atLeast) {
          const sent = performance.now();
          await connection.ask(request(index++));
          times.push(performance.now() - sent);
        }
      } finally {
        connection.close();
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: times.length / seconds, p50: percentile(times, 50), p99: percentile(times, 99) };
}

/** One answer, for a look at its body. */
export async function once(port: number, request: Buffer): Promise<string> {
  const connection = new Connection(port);
  try {
    return (await connection.ask(request)).toString();
  } finally {
    connection.close();
  }
}

class Connection {
  readonly #port: number;
  #socket: Socket;
  #waiting: { resolve(body: Buffer): void; reject(error: Error): void } | undefined;
  #received: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.#port = port;
    this.#socket = this.#open();
  }

  ask(request: Buffer): Promise<Buffer> {
    // Some servers close after each answer.
    if (this.#socket.destroyed || this.#socket.readableEnded) this.#socket = this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  #open(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.#port, noDelay: true });
    const lost = (error: Error): void => {
      if (socket === this.#socket) this.#waiting?.reject(error);
    };
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", lost);
    socket.on("close", () => lost(new Error("The connection was closed.")));
    return socket;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.#received.toString("latin1", 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    const start = headEnd + HEAD_END.length;
    if (this.#received.length < start + length) return;
    const body = this.#received.subarray(start, start + length);
    const waiting = this.#waiting;
    this.#received = Buffer.alloc(0);
    this.#waiting = undefined;
    if (/\r\nconnection: close/i.test(head)) this.#socket.destroy();
    if (head.startsWith("HTTP/1.1 200")) waiting?.resolve(body);
    else waiting?.reject(new Error(`${head.split("\r\n")[0]}: ${body.toString()}`));
  }
}
