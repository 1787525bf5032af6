import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Config } from "#lib/config.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { Logger } from "#lib/log.ts";
import { counter, gauge, type Metrics } from "#lib/metrics.ts";
import type { Transcripts } from "#logs/transcript.ts";
import { type WebSocket, WebSocketServer } from "ws";
import { parseOpenDataChannel } from "./payloads.ts";
import type { PodCommand } from "./pod-exec.ts";
import { Session, type SessionEnd } from "./session.ts";
import { type Ticket, Tickets } from "./tickets.ts";

/** A command that a caller of ExecuteCommand may run now, and what the log is to say of it. */
export interface Granted {
  readonly command: PodCommand;
  /** The log group to which the session is recorded; absent where it is not. */
  readonly logGroup?: string | undefined;
  readonly about: { readonly accessKeyId?: string; readonly taskArn: string; readonly containerName: string };
}

/** The sessions of ExecuteCommand, from the promise to the end. */
export interface ExecuteCommands {
  /** Promises a session to whoever brings its token; undefined when there are too many. */
  grant(granted: Granted): Ticket | undefined;
  /** Takes the connection of a request to upgrade. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every session, and tells their users why. */
  close(): Promise<void>;
}

export interface ExecuteCommandsOptions {
  readonly kube: Pick<KubeClient, "socket">;
  readonly config: Pick<Config, "execIdleTimeoutSeconds" | "execMaxSessions">;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly transcripts: Transcripts;
}

/** As AWS's own URLs are. */
const PATH = /^\/v1\/data-channel\/([-a-z0-9]{1,96})$/;
const TICKET_MS = 60_000;
/** A client says who it is within this time. */
const FIRST_FRAME_MS = 10_000;
/** A client sends 1 KiB at a time, and a token that is far shorter. */
const FRAME_MAX_BYTES = 64 * 1024;
const TCP_KEEP_ALIVE_MS = 30_000;
const POLICY_VIOLATION = 1008;

/** The path at which a session's data channel is opened. */
export function dataChannelPath(sessionId: string): string {
  return `/v1/data-channel/${sessionId}?role=publish_subscribe`;
}

/** Keeps the sessions of ExecuteCommand. */
export function createExecuteCommands(options: ExecuteCommandsOptions): ExecuteCommands {
  const { kube, config, log, metrics, transcripts } = options;
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_MAX_BYTES, perMessageDeflate: false });
  const tickets = new Tickets<Granted>(TICKET_MS, () => performance.now());
  const sessions = new Set<Session>();
  const open = gauge(metrics, { name: "kecs_execute_command_sessions", help: "Open sessions of ExecuteCommand." });
  const started = counter(metrics, {
    name: "kecs_execute_command_sessions_total",
    help: "Sessions of ExecuteCommand that were opened.",
  });
  let closing = false;

  function serve(socket: WebSocket, sessionId: string): void {
    socket.on("error", (error) => log.debug("A data channel failed", { sessionId, error }));
    const late = setTimeout(() => socket.terminate(), FIRST_FRAME_MS);
    socket.once("close", () => clearTimeout(late));
    socket.once("message", (data: Buffer, binary) => {
      clearTimeout(late);
      const opening = binary ? undefined : parseOpenDataChannel(data.toString("utf8"));
      const granted = opening && tickets.redeem(sessionId, opening.tokenValue);
      if (granted === undefined || closing) {
        log.warn("A data channel was refused", { sessionId });
        return socket.close(POLICY_VIOLATION, "The token is not valid.");
      }
      return void run(socket, sessionId, granted);
    });
  }

  async function run(socket: WebSocket, sessionId: string, { command, about, logGroup }: Granted): Promise<void> {
    const begun = performance.now();
    // Arguments may hold secrets.
    log.info("A command runs in a container", { sessionId, ...about, program: command.argv[0] });
    const idleTimeoutMs = config.execIdleTimeoutSeconds * 1000;
    const transcript = logGroup === undefined ? undefined : transcripts.open(logGroup, sessionId);
    const session = new Session(socket, { sessionId, command, kube, log, idleTimeoutMs, transcript });
    sessions.add(session);
    open.inc();
    started.inc();
    const end: SessionEnd = await session.ended;
    open.dec();
    await transcript?.end();
    sessions.delete(session);
    log.info("A command in a container is over", {
      sessionId,
      ...about,
      ...end,
      durationMs: Math.round(performance.now() - begun),
    });
  }

  return {
    grant: (granted) =>
      closing || tickets.size + sessions.size >= config.execMaxSessions ? undefined : tickets.issue(granted),
    upgrade(request, socket, head) {
      socket.on("error", () => socket.destroy());
      const sessionId = PATH.exec((request.url ?? "").split("?")[0] ?? "")?.[1];
      if (sessionId === undefined) return refuse(socket, 404);
      // AWS's clients are programs; a page in a browser has no business here.
      if (request.headers.origin !== undefined) return refuse(socket, 403);
      if (server.clients.size >= 2 * config.execMaxSessions) return refuse(socket, 503);
      if ("setKeepAlive" in request.socket) request.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      return server.handleUpgrade(request, socket, head, (client) => serve(client, sessionId));
    },
    async close() {
      closing = true;
      const all = [...sessions];
      for (const session of all) session.end("KECS is shutting down");
      await Promise.all(all.map((session) => session.ended));
      for (const client of server.clients) client.terminate();
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
