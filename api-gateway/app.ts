import { randomUUID } from "node:crypto";
import { Router } from "@koa/router";
import Koa from "koa";
import type { EcsError } from "#lib/errors.ts";
import type { Logger } from "#lib/log.ts";
import { toJson } from "#lib/shared-json.ts";
import type { Api, Target } from "./api.ts";
import type { Audit } from "./audit/audit.ts";
import { readJson } from "./body.ts";
import { accessKeyIdOf } from "./credentials.ts";
import { Deadlines } from "./deadlines.ts";
import { errorBody, toEcsError } from "./errors.ts";
import { socketOrigin } from "./execute-command/socket-origin.ts";
import type { ApiMetrics } from "./metrics.ts";
import { logRequest } from "./request-log.ts";
import { isStructure, membersInUrl, pathOf } from "./rest.ts";
import { operationNamed, operationOfTarget } from "./target.ts";

/** What a request is known by while it is served. */
interface State {
  requestId: string;
  accessKeyId?: string;
  operation?: string;
  /** What an audit trail looks at. */
  api?: string;
  input?: unknown;
  output?: object;
  /** `OK` or the ECS error code. */
  code: string;
}

type Context = Koa.ParameterizedContext<State>;

export interface AppOptions {
  /** The APIs that are served, ECS first: `POST /v1/<Action>` means it. */
  readonly apis: readonly [Api, ...Api[]];
  /** What is told by others than callers of an API, by the path that they post to. */
  readonly webhooks?: Readonly<Record<string, (body: unknown, signal: AbortSignal) => Promise<void>>>;
  readonly log: Logger;
  /** Whether reads that were answered soon are logged, too. */
  readonly logsReads: boolean;
  readonly metrics: ApiMetrics;
  /** Told of every call of an operation once it is answered. */
  readonly audit?: Audit | undefined;
  readonly requestTimeoutMs: number;
  /** Aborted when the process ends and will not wait any longer. */
  readonly signal: AbortSignal;
}

const AWS_JSON = "application/x-amz-json-1.1";
const USER_AGENT_MAX = 200;

const hint = ([ecs, ...others]: AppOptions["apis"]): string => `KECS: the Amazon ECS API.
Point a client here, for example: aws ecs list-clusters --endpoint-url <this address>
Requests are POST / with X-Amz-Target: ${ecs.targetPrefix}.<Action>, or POST /v1/<Action>.
${others.map(({ name, operations }) => `Also served, of the ${name} API: ${[...operations].join(", ")}.\n`).join("")}`;

/**
 * AWS APIs over HTTP (AWS JSON 1.1, and REST JSON where an API has routes): transport only. Answers errors as AWS does,
 * logs requests without their bodies, measures them.
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function createApp(options: AppOptions): Koa<State> {
  const { apis, log } = options;
  const deadlines = new Deadlines(options.requestTimeoutMs, options.signal);
  const serving = { ...options, deadlines };
  const app = new Koa<State>();
  const router = new Router<State>();
  router.get("/", (ctx) => {
    ctx.type = "text/plain";
    ctx.body = hint(apis);
  });
  router.post("/", (ctx) => serve(ctx, serving, () => operationOfTarget(apis, ctx.get("x-amz-target") || undefined)));
  router.post("/v1/:action", (ctx) => serve(ctx, serving, () => operationNamed(apis[0], ctx.params["action"] ?? "")));

  for (const api of apis) {
    for (const [operation, route] of Object.entries(api.routes ?? {})) {
      router.register(pathOf(route), [route.method.toLowerCase()], (ctx) =>
        serve(ctx, serving, () => ({ api, operation }), membersInUrl(route, ctx.params, ctx.query)),
      );
    }
  }
  for (const [path, take] of Object.entries(options.webhooks ?? {})) {
    router.post(path, async (ctx) => {
      const body = await readJson(ctx.req);
      await deadlines.within((signal) => take(body, signal));
      ctx.status = 204;
    });
  }

  app.use((ctx, next) => observe(ctx, serving, next));
  app.use((ctx, next) => answerErrors(ctx, log, next));
  app.use(router.routes());
  app.use((ctx) => refusePath(ctx));
  // What reaches this event is past answering, such as a client that went away while the answer was sent.
  app.on("error", (error: unknown) => log.debug("Connection failed", { error }));
  return app;
}

interface Serving extends AppOptions {
  readonly deadlines: Deadlines;
}

/** @param inUrl members of the input that the URL has; they count more than the body's */
async function serve(
  ctx: Context,
  options: Serving,
  targetOf: () => Target,
  inUrl: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { api, operation } = targetOf();
  ctx.state.operation = operation;
  ctx.state.api = api.name;
  const { requestId, accessKeyId } = ctx.state;
  const body = await readJson(ctx.req);
  const input = Object.keys(inUrl).length > 0 && isStructure(body) ? { ...body, ...inUrl } : body;
  ctx.state.input = input;
  const origin = socketOrigin(ctx.headers);
  const call = {
    requestId,
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...(origin !== undefined && { socketOrigin: origin }),
  };
  const output = await options.deadlines.within((signal) => api.dispatch(operation, input, { ...call, signal }));
  ctx.state.output = output;
  ctx.status = 200;
  // Before the body, or koa would find out a type for that.
  ctx.set("content-type", AWS_JSON);
  ctx.body = toJson(output);
}

async function observe(ctx: Context, { log, logsReads, metrics, audit }: AppOptions, next: Koa.Next): Promise<void> {
  const start = performance.now();
  const accessKeyId = accessKeyIdOf(ctx.get("authorization"));
  ctx.state.requestId = randomUUID();
  ctx.state.code = "OK";
  if (accessKeyId !== undefined) ctx.state.accessKeyId = accessKeyId;
  ctx.set("x-amzn-RequestId", ctx.state.requestId);
  metrics.started();
  try {
    await next();
  } finally {
    const seconds = (performance.now() - start) / 1000;
    const { requestId, operation, code } = ctx.state;
    metrics.ended();
    if (ctx.method === "POST") metrics.answered(operation ?? "Unknown", code, seconds);
    const { method, path, status, ip: remote } = ctx;
    const userAgent = ctx.get("user-agent").slice(0, USER_AGENT_MAX);
    logRequest(
      log,
      { requestId, method, path, operation, status, code, seconds, accessKeyId, userAgent, remote },
      logsReads,
    );
    if (audit !== undefined) auditCall(ctx, audit, { latencyMs: seconds * 1000, userAgent });
  }
}

function auditCall(
  ctx: Context,
  audit: Audit,
  { latencyMs, userAgent }: { readonly latencyMs: number; readonly userAgent: string },
): void {
  const { requestId, accessKeyId, api, operation, input, output, code } = ctx.state;
  if (api === undefined || operation === undefined) return;
  audit({
    at: new Date(Date.now() - latencyMs),
    requestId,
    accessKeyId,
    api,
    operation,
    input,
    output,
    sourceIp: ctx.ip,
    userAgent,
    result: code,
    status: ctx.status,
    latencyMs: Math.round(latencyMs * 10) / 10,
  });
}

async function answerErrors(ctx: Context, log: Logger, next: Koa.Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    answerError(ctx, log, toEcsError(error));
  }
}

function answerError(ctx: Context, log: Logger, error: EcsError): void {
  const { requestId, operation } = ctx.state;
  if (error.fault === "server") log.error("Request failed", { requestId, operation, error });
  else if (error.cause !== undefined) log.debug("Request refused", { requestId, operation, error });
  ctx.state.code = error.code;
  ctx.status = error.status;
  ctx.body = errorBody(error);
  ctx.type = AWS_JSON;
  ctx.set("x-amzn-ErrorType", error.code);
  if (error.retryAfterSeconds !== undefined) ctx.set("retry-after", String(error.retryAfterSeconds));
  // The rest of a body that was not read to its end must not be taken for the next request.
  if (!ctx.req.complete) ctx.set("connection", "close");
}

function refusePath(ctx: Context): void {
  const known = ctx.path === "/" || ctx.path.startsWith("/v1/");
  ctx.state.code = "UnknownOperationException";
  ctx.status = known ? 405 : 404;
  if (known) ctx.set("allow", ctx.path === "/" ? "GET, POST" : "POST");
  ctx.body = JSON.stringify({ __type: ctx.state.code, message: "Requests are POST / or POST /v1/<Action>." });
  ctx.type = AWS_JSON;
}
