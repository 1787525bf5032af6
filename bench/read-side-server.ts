/**
 * The ECS API over a database with many tasks, without Kubernetes behind it, and beside it a bare koa route that answers
 * what it was last given: for read-side.ts, which starts it. Says its two ports on standard output.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Koa from "koa";
import { createApp } from "../api-gateway/app.ts";
import { createSerial } from "../api-gateway/common/serial.ts";
import { ecsApi } from "../api-gateway/dispatch.ts";
import { createApiMetrics } from "../api-gateway/metrics.ts";
import type { Deps } from "../api-gateway/operation.ts";
import { operations } from "../api-gateway/operations/index.ts";
import { latch, readSide } from "../api-gateway/read-side.ts";
import { listen } from "../api-gateway/serve.ts";
import { askedAs, readYourWrites } from "../api-gateway/read-your-writes.ts";
import { trackWrites } from "../api-gateway/writes.ts";
import { keepHeapSmall } from "../lib/heap.ts";
import { loadConfig } from "../lib/config.ts";
import { systemClock } from "../lib/kube/clock.ts";
import { createLogger } from "../lib/log.ts";
import { listenOn } from "../lib/listening.ts";
import { createMetrics } from "../lib/metrics.ts";
import type { ProjectedResource } from "../projector/tables.ts";
import { warm } from "../projector/cache-update.ts";
import { cachedQueries } from "../projector/cached-queries.ts";
import { ClusterNamespaces } from "../projector/cluster-namespaces.ts";
import { createQueries } from "../projector/queries.ts";
import { ReadCache } from "../projector/read-cache.ts";
import { resilientReader } from "../projector/resilient-reader.ts";
import { openStore } from "../projector/store.ts";
import { cluster, identity, service, task, taskDefinition } from "../projector/testing/fixtures.ts";
import { Writer } from "../projector/writer.ts";
import { taskStatus } from "./read-side-objects.ts";

keepHeapSmall();
const [tasks = 10_000, changesPerSecond = 0] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "kecs-bench-"));
const config = loadConfig({}, []);
const log = createLogger({ level: config.logLevel, format: config.logFormat, component: "bench" });
const metrics = createMetrics("bench");
const store = await openStore({ dataDir: folder, log, metrics });
const cache = new ReadCache({
  metrics,
  maxBytes: config.cacheMegabytes * 1_000_000,
  ttlSeconds: config.cacheTtlSeconds,
});
const writer = new Writer({
  store,
  cache,
  identity,
  metrics,
  namespaces: new ClusterNamespaces(),
  clock: systemClock,
  deletedTaskRetentionSeconds: 3600,
  onCommit: () => undefined,
  onFailure: () => process.exit(1),
  onUnshowable: (_object, error) => log.error("Unshowable", { error }),
});

await warm(cache, store);
let version = 0;
async function put(...objects: ProjectedResource[]): Promise<void> {
  for (const object of objects) {
    const resourceVersion = String(++version);
    const change = { kind: object.kind, type: "MODIFIED", source: "watch", object, resourceVersion } as const;
    await writer.add([{ ...change, at: new Date() }], { resource: object.kind, resourceVersion });
  }
}

const taskOf = (index: number): ProjectedResource =>
  task(`task-${index}`, version, { spec: { taskDefinition: "web:1" }, status: taskStatus(`task-${index}`, version) });

await put(cluster("default", 0), taskDefinition("web", 1, 0), service("web", 0));
for (let index = 0; index < tasks; index += 1000) {
  await put(...Array.from({ length: Math.min(1000, tasks - index) }, (_, more) => taskOf(index + more)));
  await writer.idle();
}
if (changesPerSecond > 0) {
  setInterval(() => void put(taskOf(version % tasks)), 1000 / changesPerSecond);
}

const apiMetrics = createApiMetrics(metrics, Object.keys(operations));
const writes = trackWrites(() => Promise.resolve(true), { timeoutMs: 1000, giveUpMs: 1000, nameOf: askedAs });
const queries = cachedQueries(createQueries(cache.watch(resilientReader(store, { log, metrics }))), cache);
const deps: Deps = {
  // No read of this bench asks Kubernetes.
  kube: undefined as never,
  executeCommands: undefined as never,
  accountSettings: undefined as never,
  queries: readYourWrites(queries, writes, apiMetrics),
  identity,
  config,
  log,
  serial: createSerial(),
  lastRevisions: new Map<string, number>(),
  now: () => new Date(),
  wrote: () => undefined,
};
const ready = readSide(latch(Promise.resolve()), 1000);
const app = createApp({
  apis: [ecsApi(operations, deps, ready)],
  log,
  logsReads: config.logLevel === "debug",
  metrics: apiMetrics,
  requestTimeoutMs: config.requestTimeoutMs,
  signal: new AbortController().signal,
});
const handler = app.callback();
const api = await listen((request, response) => void handler(request, response), "127.0.0.1", 0);

let answer = "";
const bare = new Koa();
bare.use(async (ctx) => {
  if (ctx.method === "PUT") {
    answer = "";
    for await (const chunk of ctx.req.setEncoding("utf8")) answer += String(chunk);
  }
  ctx.type = "application/x-amz-json-1.1";
  ctx.body = answer;
});
const bareHandler = bare.callback();
const koa = await listenOn(
  createServer((request, response) => void bareHandler(request, response)),
  "127.0.0.1",
  0,
);
process.once("SIGTERM", () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
process.stdout.write(`${JSON.stringify({ api: api.port, koa: koa.port })}\n`);
