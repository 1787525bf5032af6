import type { KubeClient } from "#lib/kube/client.ts";
import { type CheckResult, startAdminServer } from "#lib/http-admin.ts";
import type { Store } from "#projector/store.ts";
import type { Latch } from "../read-side.ts";
import type { Ground, Storage } from "../storage.ts";
import { ADMIN_PATHS, createAdminApp } from "./admin-app.ts";
import { EventsRoute } from "./events-route.ts";
import { EventsSocket } from "./events-socket.ts";

/** Longest wait of a readiness check for the API server. */
const CHECK_TIMEOUT_MS = 2_000;

export interface AdminOptions {
  /** Closed when the database was filled for the first time. */
  readonly filled: Latch;
  readonly isClosing: () => boolean;
}

/**
 * Health, metrics, history, events and the rest of what is not AWS's, on the admin port.
 * @throws Error when the address is taken
 */
export function startAdmin(ground: Ground, storage: Storage, { filled, isClosing }: AdminOptions) {
  const { config, identity, kube, log, metrics, signal } = ground;
  const { store, cache, projector, backups, webhooks, onCommit } = storage;
  const events = new EventsRoute({ store, identity, onCommit });
  const socket = new EventsSocket({ events, log, signal });
  const now = () => new Date();
  const more = { store, events, webhooks, cache, kube, projector, backups, identity, log, signal, now };
  return startAdminServer({
    host: config.adminHost,
    port: config.adminPort,
    log,
    metrics,
    ready: {
      ...readyChecks(kube, filled),
      database: () => databaseCheck(store),
      serving: () => ({ ok: !isClosing() }),
    },
    more: {
      paths: ADMIN_PATHS,
      handle: createAdminApp(more).callback(),
      upgrade: (request, connection, head) => socket.upgrade(request, connection, head),
    },
  });
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
