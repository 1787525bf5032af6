import { LRUCache } from "lru-cache";
import { createLogGroups } from "#logs/log-groups.ts";
import { captureLogs } from "#logs/capture.ts";
import { createLogQueries } from "#logs/log-queries.ts";
import { createAccountSettings } from "./account-settings/store.ts";
import { alertmanagerWebhook } from "./alarms/alertmanager.ts";
import { createApp } from "./app.ts";
import { auditOf } from "./audit/audit.ts";
import { autoscalingApi } from "./autoscaling/dispatch.ts";
import { autoscalingOperations } from "./autoscaling/operations/index.ts";
import { containerInsights } from "./clusters/container-insights.ts";
import { createSerial } from "./common/serial.ts";
import { discoveryApi } from "./discovery/dispatch.ts";
import { discoveryOperations } from "./discovery/operations/index.ts";
import { ecsApi } from "./dispatch.ts";
import { eventsApi } from "./events/dispatch.ts";
import { eventsOperations } from "./events/operations/index.ts";
import { createExecuteCommands } from "./execute-command/execute-command.ts";
import { logsApi } from "./logs/dispatch.ts";
import { logsOperations } from "./logs/operations/index.ts";
import { createApiMetrics } from "./metrics.ts";
import type { Deps } from "./operation.ts";
import { operations } from "./operations/index.ts";
import { type Latch, readSide } from "./read-side.ts";
import { askedAs, readYourWrites } from "./read-your-writes.ts";
import { schedulerApi } from "./scheduler/dispatch.ts";
import { schedulerOperations } from "./scheduler/operations/index.ts";
import type { Ground, Storage } from "./storage.ts";
import { trackWrites } from "./writes.ts";

/** How long reads insist on a write: after an outage of Kubernetes, or its loss, older answers are better than none. */
const UNSEEN_WRITE_MS = 60_000;

const OPERATIONS = [
  operations,
  logsOperations,
  schedulerOperations,
  eventsOperations,
  autoscalingOperations,
  discoveryOperations,
];

/** What answers AWS's calls, with the containers' logs and sessions that belong to them. */
export interface Apis {
  readonly app: ReturnType<typeof createApp>;
  readonly executeCommands: ReturnType<typeof createExecuteCommands>;
  /** Resolves once nothing writes logs any more, after the signal has aborted. */
  readonly captured: Promise<void>;
}

/** @param filled closed when the database was filled for the first time */
export function createApis(ground: Ground, storage: Storage, filled: Latch): Apis {
  const { config, identity, kube, log, metrics, signal } = ground;
  const { store, projector, reader, queries } = storage;
  const now = () => new Date();
  const groups = createLogGroups(kube, config.namespace);
  const capture = captureLogs({ kube, store, log, metrics, ...captureOptions(ground, groups), signal });
  const executeCommands = createExecuteCommands({ kube, config, log, metrics, transcripts: capture.transcripts });
  const timeoutMs = config.readYourWritesTimeoutMs;
  const writes = trackWrites((write, limitMs) => projector.waitFor(write, limitMs), {
    timeoutMs,
    giveUpMs: UNSEEN_WRITE_MS,
    nameOf: askedAs,
  });
  const names = new Set(OPERATIONS.flatMap((each) => Object.keys(each)));
  const apiMetrics = createApiMetrics(metrics, [...names]);
  const deps: Deps = {
    kube,
    queries: readYourWrites(queries, writes, apiMetrics),
    identity,
    config,
    log,
    serial: createSerial(),
    accountSettings: createAccountSettings(kube, config.namespace),
    executeCommands,
    lastRevisions: new LRUCache<string, number>({ max: 10_000 }),
    now,
    wrote: (resource, object) => writes.note(resource, object),
  };
  containerInsights(metrics, queries, log);
  const ready = readSide(filled, timeoutMs);
  const logQueries = createLogQueries({ ...reader, write: (work) => store.write(work) });
  const app = createApp({
    apis: [
      ecsApi(operations, deps, ready),
      logsApi(logsOperations, { identity, queries: logQueries, groups, now }),
      schedulerApi(deps, ready),
      eventsApi(deps, ready),
      autoscalingApi(deps, ready),
      discoveryApi(discoveryOperations, { kube, identity }),
    ],
    webhooks: { "/webhooks/alertmanager": alertmanagerWebhook(kube) },
    log,
    logsReads: config.logLevel === "debug",
    audit: auditOf(config.audit, storage.auditTrail, identity),
    metrics: apiMetrics,
    requestTimeoutMs: config.requestTimeoutMs,
    signal,
  });
  const captured = capture.ended.catch((error: unknown) => {
    log.error("Containers' logs are not kept any more", { error });
  });
  return { app, executeCommands, captured };
}

function captureOptions({ config }: Ground, groups: ReturnType<typeof createLogGroups>) {
  return {
    namespace: config.namespace,
    maxStreams: config.logStreams,
    retention: {
      seconds: config.logRetentionSeconds,
      maxBytes: config.logMaxMegabytes * 1_000_000,
      groups: () => groups.list(),
    },
  };
}
