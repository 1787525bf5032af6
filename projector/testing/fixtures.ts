import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { Logger } from "#lib/log.ts";
import type {
  ECSCapacityProvider,
  ECSCluster,
  ECSScalableTarget,
  ECSSchedule,
  ECSService,
  ECSServiceDeployment,
  ECSServiceRevision,
  ECSTask,
  ECSTaskDefinition,
  ECSTaskSet,
  ObjectMeta,
} from "#model/generated/resources.generated.ts";
import { openStore, type Store, type StoreOptions } from "../store.ts";

export const identity = { region: "us-east-1", accountId: "000000000000" };
const apiVersion = "ecs.kecs.io/v1alpha1";

/** A logger that says nothing. */
export const quiet: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => quiet,
};

/** A logger that keeps what it is told as `message` lines. */
export function keepingLog(lines: string[]): Logger {
  const keep = (message: string): void => {
    lines.push(message);
  };
  const log: Logger = { error: keep, warn: keep, info: keep, debug: keep, child: () => log };
  return log;
}

/** The folders of a gateway whose settings name the data directory alone. */
export function placesIn(dataDir: string) {
  return { dataDir, archiveDir: join(dataDir, "archive"), backupDir: join(dataDir, "backups") };
}

/** A temporary folder, and a way to open the store in it as often as a test wants. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "kecs-projector-"));
  readonly #stores: Store[] = [];

  /** Where a gateway would keep its files in it. */
  get places() {
    return placesIn(this.path);
  }

  async open(options: Partial<StoreOptions> = {}): Promise<Store> {
    const store = await openStore({
      dataDir: this.path,
      log: quiet,
      metrics: new Registry(),
      limits: { memoryLimit: "128MB", threads: 1 },
      ...options,
    });
    this.#stores.push(store);
    return store;
  }

  close(): void {
    for (const store of this.#stores) store.close();
  }

  remove(): void {
    this.close();
    rmSync(this.path, { recursive: true, force: true });
  }
}

function metadata(name: string, resourceVersion: number, more: Partial<ObjectMeta> = {}): ObjectMeta {
  return {
    name,
    uid: `uid-${name}`,
    resourceVersion: String(resourceVersion),
    generation: 1,
    creationTimestamp: "2026-11-21T10:00:00Z",
    ...more,
  };
}

type Made<T extends { metadata: ObjectMeta }> = Partial<Omit<T, "metadata">> & { metadata?: Partial<ObjectMeta> };

export function cluster(name: string, version: number, more: Made<ECSCluster> = {}): ECSCluster {
  return { spec: {}, ...more, apiVersion, kind: "ECSCluster", metadata: metadata(name, version, more.metadata) };
}

export function capacityProvider(
  name: string,
  version: number,
  more: Made<ECSCapacityProvider> = {},
): ECSCapacityProvider {
  return {
    spec: { autoScalingGroupProvider: { autoScalingGroupArn: name } },
    ...more,
    apiVersion,
    kind: "ECSCapacityProvider",
    metadata: metadata(name, version, more.metadata),
  };
}

export function taskDefinition(
  family: string,
  revision: number,
  version: number,
  more: Made<ECSTaskDefinition> = {},
): ECSTaskDefinition {
  return {
    spec: { family, revision, containerDefinitions: [{ name: "app", image: "busybox" }] },
    ...more,
    apiVersion,
    kind: "ECSTaskDefinition",
    metadata: metadata(`${family}.${revision}`, version, more.metadata),
  };
}

export function service(name: string, version: number, more: Made<ECSService> = {}): ECSService {
  return {
    spec: { taskDefinition: "web:1", desiredCount: 2 },
    ...more,
    apiVersion,
    kind: "ECSService",
    metadata: metadata(name, version, { namespace: "ecs-default", ...more.metadata }),
  };
}

/** What the operator records of a service's rollouts is named after the service and the record's id. */
const record = (service: string, id: string, version: number) =>
  metadata(`${service}-${id}`, version, {
    namespace: "ecs-default",
    ownerReferences: [{ apiVersion, kind: "ECSService", name: service, uid: `uid-${service}`, controller: true }],
  });

export function serviceDeployment(
  service: string,
  id: string,
  version: number,
  status: ECSServiceDeployment["status"] = {},
): ECSServiceDeployment {
  const spec = { service, cluster: "default", id };
  return { apiVersion, kind: "ECSServiceDeployment", metadata: record(service, id, version), spec, status };
}

export function serviceRevision(service: string, id: string, version: number): ECSServiceRevision {
  const spec = { service, cluster: "default", id, taskDefinition: `${service}:1` };
  return { apiVersion, kind: "ECSServiceRevision", metadata: record(service, id, version), spec };
}

export function taskSet(service: string, id: string, version: number, more: Partial<ECSTaskSet> = {}): ECSTaskSet {
  const spec = { service, taskDefinition: `${service}:1` };
  return { spec, ...more, apiVersion, kind: "ECSTaskSet", metadata: record(service, id, version) };
}

export function task(name: string, version: number, more: Made<ECSTask> = {}): ECSTask {
  return {
    spec: { taskDefinition: "web:1" },
    ...more,
    apiVersion,
    kind: "ECSTask",
    metadata: metadata(name, version, { namespace: "ecs-default", ...more.metadata }),
  };
}

export function schedule(name: string, version: number, more: Made<ECSSchedule> = {}): ECSSchedule {
  return {
    spec: { scheduleExpression: "rate(1 hour)", targets: [{ id: "job", runTask: { taskDefinition: "web" } }] },
    ...more,
    apiVersion,
    kind: "ECSSchedule",
    metadata: metadata(name, version, { namespace: "ecs-default", ...more.metadata }),
  };
}

export function scalableTarget(name: string, version: number, more: Made<ECSScalableTarget> = {}): ECSScalableTarget {
  return {
    spec: { service: name, minCapacity: 1, maxCapacity: 5 },
    ...more,
    apiVersion,
    kind: "ECSScalableTarget",
    metadata: metadata(name, version, { namespace: "ecs-default", ...more.metadata }),
  };
}
