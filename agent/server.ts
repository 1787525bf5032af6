import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenOn, type Listening } from "#lib/listening.ts";
import type { Logger } from "#lib/log.ts";
import { counter, type Metrics } from "#lib/metrics.ts";
import { AgentError } from "./errors.ts";
import type { Answer } from "./protection.ts";
import { answer, documentOf, type RouteDeps } from "./routes.ts";

export interface ServerOptions extends RouteDeps {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborts what is under way. */
  readonly signal: AbortSignal;
}

const REQUEST_MS = 20_000;
const MAX_BODY = 4 * 1024;
/** Containers that misbehave must not take all of the agent's memory. */
const MAX_CONNECTIONS = 2_000;

/**
 * Serves the documents to containers.
 * @throws Error when the address cannot be listened on.
 */
export async function startServer(options: ServerOptions): Promise<Listening> {
  const { host, port, metrics } = options;
  const requests = counter(metrics, {
    name: "kecs_agent_requests_total",
    help: "Questions of containers, by document and HTTP status",
    labelNames: ["document", "status"],
  });
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void respond(request, response, options).then((status) =>
      requests.inc({ document: nameOf(request) ?? "unknown", status: String(status) }),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  return listenOn(server, host, port);
}

function nameOf({ method = "", url = "" }: IncomingMessage): string | undefined {
  return documentOf({ method, path: pathOf(url) });
}

const pathOf = (url: string): string => url.replace(/[?#].*$/s, "");

/** @returns the status that was answered. */
async function respond(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<number> {
  const { status, document } = await answerTo(request, response, options);
  response.on("error", () => undefined); // the container has gone
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(document)}\n`);
  return status;
}

async function answerTo(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<Answer> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const question = {
    method: request.method ?? "",
    path: pathOf(request.url ?? ""),
    address: request.socket.remoteAddress,
    body: () => readJson(request),
    signal: AbortSignal.any([options.signal, gone.signal]),
  };
  try {
    return await answer(question, options);
  } catch (error) {
    if (error instanceof AgentError) return { status: error.status, document: { message: error.message } };
    if (!question.signal.aborted) options.log.error("question not answered", { document: nameOf(request), error });
    return { status: 500, document: { message: "The agent cannot answer now. Please try again." } };
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MAX_BODY) throw new AgentError(413, `The body may have ${MAX_BODY} bytes.`);
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new AgentError(400, "The body is no JSON.");
  }
}
