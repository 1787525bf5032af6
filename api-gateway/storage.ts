import { join } from "node:path";
import type { Identity } from "#lib/ecs/arns.ts";
import type { Config } from "#lib/config.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { Logger } from "#lib/log.ts";
import type { Metrics } from "#lib/metrics.ts";
import { keepArchive } from "#projector/archive/archive.ts";
import { AuditTrail } from "#projector/audit-trail.ts";
import { Backups } from "#projector/backup/backups.ts";
import { salvage } from "#projector/backup/salvage.ts";
import { cachedQueries } from "#projector/cached-queries.ts";
import { loadWebhooks } from "#projector/outward/webhook-config.ts";
import { startWebhooks, type Webhooks, type WebhooksOptions } from "#projector/outward/webhooks.ts";
import { type Projector, startProjector } from "#projector/projector.ts";
import { prepareFiles } from "#projector/encryption/rekey-files.ts";
import { readEncryption } from "#projector/encryption/encryption.ts";
import { createQueries, type Queries } from "#projector/queries.ts";
import { ReadCache } from "#projector/read-cache.ts";
import { resilientReader } from "#projector/resilient-reader.ts";
import { openStore, type Store } from "#projector/store.ts";

/** What all parts of a gateway are made with. */
export interface Ground {
  readonly config: Config;
  readonly identity: Identity;
  readonly kube: KubeClient;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborts when the gateway ends. */
  readonly signal: AbortSignal;
}

/** The database with those that fill, keep and empty it. */
export interface Storage {
  readonly store: Store;
  readonly cache: ReadCache;
  readonly projector: Projector;
  readonly backups: Backups;
  readonly webhooks: Webhooks | undefined;
  readonly auditTrail: AuditTrail;
  /** Reads, tried again where that can help. */
  readonly reader: ReturnType<typeof resilientReader>;
  readonly queries: Queries;
  readonly onCommit: (listener: () => void) => () => void;
  /** Waits until all have ended what they do, once the signal has aborted, and closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the database and starts what works on it: the projector, the archive, backups and webhooks.
 * @throws DatabaseLockedError when the database is another process's
 * @throws EncryptionError when its key is missing, or another one
 */
export async function openStorage(ground: Ground): Promise<Storage> {
  const { config, identity, kube, log, metrics, signal } = ground;
  const files = filesOf(config);
  await prepareFiles({ ...files, log }, files.encryption);
  const store = await openStore({
    ...files,
    diskReserveBytes: config.diskReserveMegabytes * 1_000_000,
    salvage: () => salvage({ ...files, identity, log }),
    log,
    metrics,
    signal,
  });
  const maxBytes = config.cacheMegabytes * 1_000_000;
  const cache = new ReadCache({ metrics, maxBytes, ttlSeconds: config.cacheTtlSeconds });
  const projector = startProjector({
    kube,
    store,
    cache,
    log,
    metrics,
    identity,
    stoppedTaskRetentionSeconds: config.stoppedTaskRetentionSeconds,
    kubernetesRetentionSeconds: config.kubernetesHistoryRetentionSeconds,
    signal,
  });
  const archived = keepArchive({ store, log, metrics, ...archiveOptions(config), signal });
  const backups = new Backups({ store, log, metrics, ...backupOptions(config), signal });
  const backedUp = backups.keep();
  const onCommit = (listener: () => void) => projector.onCommit(listener);
  const webhooks = webhooksOf(config, { store, identity, log, metrics, onCommit, signal });
  const auditTrail = new AuditTrail({ store, log, metrics, retentionSeconds: config.auditRetentionSeconds });
  const reader = resilientReader(store, { log, metrics });
  return {
    store,
    cache,
    projector,
    backups,
    webhooks,
    auditTrail,
    reader,
    queries: cachedQueries(createQueries(cache.watch(reader)), cache),
    onCommit,
    async close() {
      await Promise.allSettled([projector.stopped, archived, backedUp, webhooks?.stopped, auditTrail.close()]);
      store.close();
    },
  };
}

function filesOf(config: Config) {
  return {
    dataDir: config.dataDir,
    archiveDir: config.archiveDir ?? join(config.dataDir, "archive"),
    backupDir: config.backupDir ?? join(config.dataDir, "backups"),
    ...(config.replica > 0 && { sharedArchiveDir: config.sharedArchiveDir }),
    encryption: readEncryption(config),
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
