import type { Config } from "#lib/config.ts";
import { createKubeClient } from "#lib/kube/client.ts";
import type { Logger } from "#lib/log.ts";
import { createMetrics } from "#lib/metrics.ts";
import type { Projector } from "#projector/projector.ts";
import { startAdmin } from "./admin/start-admin.ts";
import { type Apis, createApis } from "./apis.ts";
import { latch } from "./read-side.ts";
import { listen } from "./serve.ts";
import { type Ground, openStorage } from "./storage.ts";

/** A gateway that serves. */
export interface Gateway {
  readonly port: number;
  readonly adminPort: number;
  /** Rejects when the gateway cannot go on. */
  readonly failed: Promise<never>;
  /** Finishes what has begun, within the configured time, and closes the database. */
  close(): Promise<void>;
}

/**
 * Wires the gateway: database, projector, ECS API and admin server. Resolves when it listens, which is before the
 * database is filled: `/health/ready` tells when calls will be answered.
 * @throws Error when an address is taken, the database is another process's, or there is no usable kubeconfig.
 */
export async function startGateway(config: Config, log: Logger): Promise<Gateway> {
  const stopped = new AbortController();
  const ground: Ground = {
    config,
    identity: { region: config.region, accountId: config.accountId },
    kube: createKubeClient({ kubeconfig: config.kubeconfig, context: config.context }),
    log,
    metrics: createMetrics("gateway"),
    signal: stopped.signal,
  };
  const storage = await openStorage(ground);
  const filled = latch(storage.projector.ready);
  const apis = createApis(ground, storage, filled);
  const end = async (): Promise<void> => {
    stopped.abort();
    await apis.captured;
    await storage.close();
    ground.kube.close();
  };
  let closing = false;
  try {
    const admin = await startAdmin(ground, storage, { filled, isClosing: () => closing });
    const api = await listenFor(apis, config).catch((error: unknown) =>
      admin.close().then(() => Promise.reject(error)),
    );
    return {
      port: api.port,
      adminPort: admin.port,
      failed: failureOf(storage.projector),
      async close() {
        closing = true;
        await apis.executeCommands.close();
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

function listenFor({ app, executeCommands }: Apis, { host, port }: Config) {
  const handler = app.callback();
  return listen(
    (request, response) => void handler(request, response),
    host,
    port,
    (request, socket, head) => executeCommands.upgrade(request, socket, head),
  );
}

function failureOf(projector: Projector): Promise<never> {
  return projector.stopped.then(() => new Promise<never>(() => undefined));
}
