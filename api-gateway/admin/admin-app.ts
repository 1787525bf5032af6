import { Router } from "@koa/router";
import Koa from "koa";
import type { Identity } from "#lib/ecs/arns.ts";
import { EcsError } from "#lib/errors.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { Logger } from "#lib/log.ts";
import { createHistory } from "#projector/history.ts";
import type { Backups } from "#projector/backup/backups.ts";
import type { Projector } from "#projector/projector.ts";
import type { ReadCache } from "#projector/read-cache.ts";
import type { Webhooks } from "#projector/outward/webhooks.ts";
import type { Store } from "#projector/store.ts";
import { readText } from "../body.ts";
import { AdminError } from "./admin-error.ts";
import { backupRoutes } from "./backup-routes.ts";
import type { EventsRoute } from "./events-route.ts";
import { changesBetween, describeAsOf, historyPage } from "./history-routes.ts";
import { notLocal } from "./local-only.ts";
import { verifyRoute } from "./verify-route.ts";
import { SqlRoute } from "./sql-route.ts";
import { webhookRoutes } from "./webhook-routes.ts";

export interface AdminAppOptions {
  readonly store: Store;
  readonly identity: Identity;
  readonly cache: ReadCache;
  readonly kube: KubeClient;
  readonly projector: Pick<Projector, "waitFor" | "lagSeconds">;
  readonly backups: Backups;
  readonly events: EventsRoute;
  /** Where this gateway sends any. */
  readonly webhooks?: Webhooks | undefined;
  readonly log: Logger;
  /** Aborted when the process ends. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

/** What the admin server answers beside health and metrics, for its list of paths. */
export const ADMIN_PATHS =
  "/history/<arn>, /describe/<arn>?as-of=, /changes/<arn>?from=&to=, /verify, /events/stream, /events/socket, " +
  "/webhooks, /webhooks/dead-letters, POST /webhooks/replay, POST /sql, POST /backup, /backups, /health/database";

/** The gateway's part of the admin API: history, state at a time, SQL. For programs on this machine only. */
export function createAdminApp(options: AdminAppOptions): Koa {
  const { store, identity, log, now } = options;
  const history = createHistory(store, identity);
  const sql = new SqlRoute(store);
  const router = new Router();
  router.get("/history/*arn", async (ctx) => {
    ctx.body = await historyPage(history, ctx.params["arn"], ctx.query, now());
  });
  router.get("/describe/*arn", async (ctx) => {
    ctx.body = await describeAsOf(history, ctx.params["arn"], ctx.query, now());
  });
  router.get("/changes/*arn", async (ctx) => {
    ctx.body = await changesBetween(history, ctx.params["arn"], ctx.query, now());
  });
  router.get("/verify", async (ctx) => {
    ctx.body = await verifyRoute(options, goneOf(ctx, options.signal));
  });
  router.get("/events/stream", (ctx) => {
    const stream = options.events.open(ctx.query, ctx.get("last-event-id") || undefined, goneOf(ctx, options.signal));
    ctx.type = "text/event-stream";
    ctx.body = stream;
    ctx.flushHeaders();
  });
  const webhooks = webhookRoutes(options.webhooks);
  router.get("/webhooks", async (ctx) => {
    ctx.body = await webhooks.states();
  });
  router.get("/webhooks/dead-letters", async (ctx) => {
    ctx.body = await webhooks.deadLetters(ctx.query);
  });
  router.post("/webhooks/replay", async (ctx) => {
    ctx.body = await webhooks.replay(ctx.query, goneOf(ctx, options.signal));
  });
  router.post("/sql", async (ctx) => {
    const { type, body, truncated } = await sql.run(await readText(ctx.req), ctx.query, goneOf(ctx, options.signal));
    ctx.type = type;
    ctx.set("x-kecs-truncated", String(truncated));
    ctx.body = body;
  });
  backupRoutes(router, options.backups, options);

  const app = new Koa();
  app.use((ctx, next) => answerErrors(ctx, log, next));
  app.use((ctx, next) => {
    const reason = notLocal(ctx.req);
    if (reason !== undefined) throw new AdminError(403, reason);
    ctx.set("cache-control", "no-store");
    return next();
  });
  app.use(router.routes());
  app.use(router.allowedMethods());
  app.use((ctx) => {
    if (ctx.status === 404)
      throw new AdminError(404, `Here are /health/live, /health/ready, /metrics, ${ADMIN_PATHS}.`);
  });
  app.on("error", (error: unknown) => log.debug("Admin connection failed", { error }));
  return app;
}

/** Aborted when the client goes away or the process ends. */
function goneOf({ res }: Koa.Context, ending: AbortSignal): AbortSignal {
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  return AbortSignal.any([gone.signal, ending]);
}

async function answerErrors(ctx: Koa.Context, log: Logger, next: Koa.Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    const known = error instanceof AdminError || error instanceof EcsError;
    if (!known) log.error("Admin request failed", { path: ctx.path, error });
    ctx.status = known ? error.status : 500;
    ctx.body = { message: known ? error.message : "KECS failed to answer; its log says why." };
    if (!ctx.req.complete) ctx.set("connection", "close");
  }
}
