import { join } from "node:path";
import { createKubeClient, type KubeClient } from "#lib/kube/client.ts";
import type { Config } from "#lib/config.ts";
import { type CheckResult, startAdminServer } from "#lib/http-admin.ts";
import type { Logger } from "#lib/log.ts";
import { captureLogs } from "#logs/capture.ts";
import { createLogGroups } from "#logs/log-groups.ts";
import { createLogQueries } from "#logs/log-queries.ts";
import { createMetrics } from "#lib/metrics.ts";
import { keepArchive } from "#projector/archive/archive.ts";
import { Backups } from "#projector/backup/backups.ts";
import { salvage } from "#projector/backup/salvage.ts";
import { type Projector, startProjector } from "#projector/projector.ts";
import { cachedQueries } from "#projector/cached-queries.ts";
import { AuditTrail } from "#projector/audit-trail.ts";
import { loadWebhooks } from "#projector/outward/webhook-config.ts";
import { startWebhooks, type Webhooks, type WebhooksOptions } from "#projector/outward/webhooks.ts";
import { createQueries } from "#projector/queries.ts";
import { ReadCache } from "#projector/read-cache.ts";
import { resilientReader } from "#projector/resilient-reader.ts";
import { openStore, type Store } from "#projector/store.ts";
import { LRUCache } from "lru-cache";
import { createAccountSettings } from "./account-settings/store.ts";
import { ADMIN_PATHS, createAdminApp } from "./admin/admin-app.ts";
import { EventsRoute } from "./admin/events-route.ts";
import { EventsSocket } from "./admin/events-socket.ts";
import { alertmanagerWebhook } from "./alarms/alertmanager.ts";
import { createApp } from "./app.ts";
import { auditOf } from "./audit/audit.ts";
import { containerInsights } from "./clusters/container-insights.ts";
import { autoscalingApi } from "./autoscaling/dispatch.ts";
import { autoscalingOperations } from "./autoscaling/operations/index.ts";
import { createSerial } from "./common/serial.ts";
import { ecsApi } from "./dispatch.ts";
import { eventsApi } from "./events/dispatch.ts";
import { schedulerApi } from "./scheduler/dispatch.ts";
import { createExecuteCommands } from "./execute-command/execute-command.ts";
import { discoveryApi } from "./discovery/dispatch.ts";
import { discoveryOperations } from "./discovery/operations/index.ts";
import { logsApi } from "./logs/dispatch.ts";
import { logsOperations } from "./logs/operations/index.ts";
import { createApiMetrics } from "./metrics.ts";
import type { Deps } from "./operation.ts";
import { eventsOperations } from "./events/operations/index.ts";
import { operations } from "./operations/index.ts";
import { schedulerOperations } from "./scheduler/operations/index.ts";
import { latch, type Latch, readSide } from "./read-side.ts";
import { listen } from "./serve.ts";
import { trackWrites } from "./writes.ts";

/** A gateway that serves. */
export interface Gateway {
  readonly port: number;
  readonly adminPort: number;
  /** Rejects when the gateway cannot go on. */
  readonly failed: Promise<never>;
  /** Finishes what has begun, within the configured time, and closes the database. */
  close(): Promise<void>;
}

/** How long reads insist on a write: after an outage of Kubernetes, or its loss, older answers are better than none. */
const UNSEEN_WRITE_MS = 60_000;
/** Longest wait of a readiness check for the API server. */
const CHECK_TIMEOUT_MS = 2_000;

/**
 * Wires the gateway: database, projector, ECS API and admin server. Resolves when it listens, which is before the
 * database is filled: `/health/ready` tells when calls will be answered.
 * @throws Error when an address is taken, the database is another process's, or there is no usable kubeconfig.
 */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  const metrics = createMetrics("gateway");
  const identity = { region: config.region, accountId: config.accountId };
  const stopped = new AbortController();
  const kube = createKubeClient({ kubeconfig: config.kubeconfig, context: config.context });
  const files = filesOf(config);
  const store = await openStore({
    ...files,
    diskReserveBytes: config.diskReserveMegabytes * 1_000_000,
    salvage: () => salvage({ ...files, identity, log }),
    log,
    metrics,
    signal: stopped.signal,
  });
  const cache = new ReadCache({
    metrics,
    maxBytes: config.cacheMegabytes * 1_000_000,
    ttlSeconds: config.cacheTtlSeconds,
  });
  const projector = startProjector({
    kube,
    store,
    cache,
    log,
    metrics,
    identity,
    stoppedTaskRetentionSeconds: config.stoppedTaskRetentionSeconds,
    kubernetesRetentionSeconds: config.kubernetesHistoryRetentionSeconds,
    signal: stopped.signal,
  });
  const archived = keepArchive({ store, log, metrics, ...archiveOptions(config), signal: stopped.signal });
  const backups = new Backups({ store, log, metrics, ...backupOptions(config), signal: stopped.signal });
  const backedUp = backups.keep();
  const logGroups = createLogGroups(kube, config.namespace);
  const capture = captureLogs({
    kube,
    store,
    log,
    metrics,
    namespace: config.namespace,
    maxStreams: config.logStreams,
    retention: {
      seconds: config.logRetentionSeconds,
      maxBytes: config.logMaxMegabytes * 1_000_000,
      groups: () => logGroups.list(),
    },
    signal: stopped.signal,
  });
  const captured = capture.ended.catch((error: unknown) =>
    log.error("Containers' logs are not kept any more", { error }),
  );
  const filled = latch(projector.ready);
  const writes = trackWrites((write, timeoutMs) => projector.waitFor(write, timeoutMs), {
    timeoutMs: config.readYourWritesTimeoutMs,
    giveUpMs: UNSEEN_WRITE_MS,
    now: () => performance.now(),
  });
  const reader = resilientReader(store, { log, metrics });
  const queries = cachedQueries(createQueries(cache.watch(reader)), cache);
  containerInsights(metrics, queries, log);
  const apiMetrics = createApiMetrics(metrics, [
    ...new Set(
      [
        operations,
        logsOperations,
        schedulerOperations,
        eventsOperations,
        autoscalingOperations,
        discoveryOperations,
      ].flatMap((each) => Object.keys(each)),
    ),
  ]);
  const executeCommands = createExecuteCommands({
    kube,
    config,
    log,
    metrics,
    transcripts: capture.transcripts,
  });
  const deps: Deps = {
    kube,
    queries,
    identity,
    config,
    log,
    serial: createSerial(),
    accountSettings: createAccountSettings(kube, config.namespace),
    executeCommands,
    lastRevisions: new LRUCache<string, number>({ max: 10_000 }),
    now: () => new Date(),
    wrote: (resource, object) => writes.note(resource, object),
  };
  const ready = readSide({ filled, writes, metrics: apiMetrics, timeoutMs: config.readYourWritesTimeoutMs });
  const auditTrail = new AuditTrail({ store, log, metrics, retentionSeconds: config.auditRetentionSeconds });
  const app = createApp({
    apis: [
      ecsApi(operations, deps, ready),
      logsApi(logsOperations, {
        identity,
        queries: createLogQueries({ ...reader, write: (work) => store.write(work) }),
        groups: logGroups,
        now: () => new Date(),
      }),
      schedulerApi(deps, ready),
      eventsApi(deps, ready),
      autoscalingApi(deps, ready),
      discoveryApi(discoveryOperations, { kube, identity }),
    ],
    webhooks: { "/webhooks/alertmanager": alertmanagerWebhook(kube) },
    log,
    audit: auditOf(config.audit, auditTrail, identity),
    metrics: apiMetrics,
    requestTimeoutMs: config.requestTimeoutMs,
    signal: stopped.signal,
  });

  const onCommit = (listener: () => void) => projector.onCommit(listener);
  const webhooks = webhooksOf(config, { store, identity, log, metrics, onCommit, signal: stopped.signal });
  const end = async (): Promise<void> => {
    stopped.abort();
    await Promise.allSettled([projector.stopped, captured, archived, backedUp, webhooks?.stopped, auditTrail.close()]);
    store.close();
    kube.close();
  };
  try {
    let closing = false;
    const events = new EventsRoute({ store, identity, onCommit });
    const socket = new EventsSocket({ events, log, signal: stopped.signal });
    const adminApp = createAdminApp({
      store,
      events,
      webhooks,
      cache,
      kube,
      projector,
      backups,
      identity,
      log,
      signal: stopped.signal,
      now: () => new Date(),
    });
    const checks = {
      ...readyChecks(kube, filled),
      database: () => databaseCheck(store),
      serving: () => ({ ok: !closing }),
    };
    const admin = await startAdminServer({
      host: config.adminHost,
      port: config.adminPort,
      log,
      metrics,
      ready: checks,
      more: {
        paths: ADMIN_PATHS,
        handle: adminApp.callback(),
        upgrade: (request, connection, head) => socket.upgrade(request, connection, head),
      },
    });
    const handler = app.callback();
    const api = await listen(
      (request, response) => void handler(request, response),
      config.host,
      config.port,
      (request, socket, head) => executeCommands.upgrade(request, socket, head),
    ).catch((error: unknown) => admin.close().then(() => Promise.reject(error)));
    return {
      port: api.port,
      adminPort: admin.port,
      failed: failureOf(projector),
      async close() {
        closing = true;
        await executeCommands.close();
        await api.close(config.shutdownTimeoutMs);
        await end();
        await admin.close();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function filesOf(config: Config) {
  return {
    dataDir: config.dataDir,
    archiveDir: config.archiveDir ?? join(config.dataDir, "archive"),
    backupDir: config.backupDir ?? join(config.dataDir, "backups"),
    ...(config.replica > 0 && { sharedArchiveDir: config.sharedArchiveDir }),
    limits: { memoryLimit: config.databaseMemory, threads: config.databaseThreads },
  };
}

function backupOptions(config: Config) {
  return { intervalSeconds: config.backupIntervalSeconds, keep: config.backupsKept };
}

function archiveOptions(config: Config) {
  return {
    intervalSeconds: config.archiveIntervalSeconds,
    policy: {
      afterSeconds: config.archiveAfterSeconds,
      maxBytes: config.historyMaxMegabytes * 1_000_000,
      kubernetesMaxBytes: config.kubernetesHistoryMaxMegabytes * 1_000_000,
      retentionSeconds: config.archiveRetentionSeconds,
    },
  };
}

/** Each replica has a history of its own; one of them sends, or receivers would get everything several times. */
function webhooksOf(
  { webhooksFile, replica }: Config,
  options: Omit<WebhooksOptions, "webhooks">,
): Webhooks | undefined {
  if (webhooksFile === undefined || replica !== 0) return undefined;
  return startWebhooks({ ...options, webhooks: loadWebhooks(webhooksFile) });
}

function readyChecks(kube: KubeClient, filled: Latch) {
  return {
    projector: (): CheckResult =>
      filled.done ? { ok: true } : { ok: false, detail: "has not read all resources from Kubernetes yet" },
    kubernetes: async (): Promise<CheckResult> => {
      await kube.getPath("/version", { timeoutMs: CHECK_TIMEOUT_MS });
      return { ok: true };
    },
  };
}

/** A full disk is said, but keeps nobody from reading. */
function databaseCheck(store: Store): CheckResult {
  if (!store.isOpen) return { ok: false, detail: "the database is not open" };
  const since = store.disk.fullSince;
  return { ok: true, ...(since && { detail: `the disk is full; writes wait since ${since.toISOString()}` }) };
}

function failureOf(projector: Projector): Promise<never> {
  return projector.stopped.then(() => new Promise<never>(() => undefined));
}
