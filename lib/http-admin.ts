import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { listenOn } from "./listening.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** What one check found; `detail` says what is missing, for people. */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Named checks; each must answer at once or be bounded itself. */
export type Checks = Readonly<Record<string, () => CheckResult | Promise<CheckResult>>>;

export interface AdminOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** All must hold for `/health/ready` to answer 200. */
  readonly ready: Checks;
  /** All must hold for `/health/live` to answer 200; none by default: an answer is proof enough. */
  readonly live?: Checks;
  /** What answers every other path. */
  readonly more?: {
    /** Those paths, for people who ask for one that is not there. */
    readonly paths: string;
    readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    /** Takes connections over whose clients want another protocol. */
    readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  };
}

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

const OWN_PATHS: ReadonlySet<string> = new Set(["/", "/metrics", "/health/live", "/health/ready"]);

async function run(check: () => CheckResult | Promise<CheckResult>): Promise<CheckResult> {
  try {
    return await check();
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function health(checks: Checks): Promise<{ status: number; body: string }> {
  const names = Object.keys(checks);
  const results = await Promise.all(Object.values(checks).map(run));
  const ok = results.every((result) => result.ok);
  const body = {
    status: ok ? "ok" : "unavailable",
    checks: Object.fromEntries(names.map((name, index) => [name, results[index]])),
  };
  return { status: ok ? 200 : 503, body: `${JSON.stringify(body)}\n` };
}

async function answer(options: AdminOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const path = new URL(request.url ?? "/", "http://admin").pathname;
  if (options.more !== undefined && !OWN_PATHS.has(path)) return options.more.handle(request, response);
  if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "GET only\n");
  if (path === "/metrics") return send(200, options.metrics.contentType, await options.metrics.metrics());
  if (path === "/health/live" || path === "/health/ready") {
    const { status, body } = await health(path === "/health/live" ? (options.live ?? {}) : options.ready);
    return send(status, "application/json", body);
  }
  const more = options.more === undefined ? "" : `, ${options.more.paths}`;
  return send(404, "text/plain", `Here are /health/live, /health/ready, /metrics${more}.\n`);
}

/**
 * Serves `/health/live`, `/health/ready` (200 or 503, with each check's result as JSON) and `/metrics` (Prometheus).
 * @throws when the address cannot be listened on
 */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.error("Admin request failed", { path: request.url, error });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  if (options.more?.upgrade !== undefined) server.on("upgrade", options.more.upgrade);
  const { port } = await listenOn(server, options.host, options.port);
  server.on("error", (error) => options.log.error("Admin server failed", { error }));
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
