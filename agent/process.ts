import { loadConfig, printableConfig, type Config } from "#lib/config.ts";
import { startAdminServer } from "#lib/http-admin.ts";
import { createKubeClient } from "#lib/kube/client.ts";
import { openConnection } from "#lib/kube/connection.ts";
import { createLogger, type Logger } from "#lib/log.ts";
import { createMetrics } from "#lib/metrics.ts";
import { EXIT, exitWith, untilTold } from "#lib/process.ts";
import { createCaches } from "./caches.ts";
import { ecsApi } from "./ecs-api.ts";
import { startServer } from "./server.ts";
import { readSummary } from "./stats/kubelet.ts";
import { Sampler } from "./stats/sampler.ts";

/** The agent's process: what a container asks of its own task, and the protection of that. Every replica serves. */
async function run(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  const metrics = createMetrics("agent");
  const where = { kubeconfig: config.kubeconfig, context: config.context };
  const client = createKubeClient(where);
  const connection = openConnection(where);
  const caches = createCaches({ client, log, metrics });
  const verify = config.agentKubeletTls === "verify";
  const sampler = new Sampler({
    read: (node) => readSummary(node, { connection, verify }),
    log,
    now: () => performance.now(),
  });
  const { adminHost, agentAdminPort, agentHost, agentPort } = config;
  const all = Object.entries(caches);
  const ready = {
    caches: () => {
      const empty = all.filter(([, informer]) => !informer.hasSynced).map(([name]) => name);
      return empty.length === 0 ? { ok: true } : { ok: false, detail: `not synced: ${empty.join(", ")}` };
    },
  };
  const stopped = new AbortController();
  const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const admin = await startAdminServer({ host: adminHost, port: agentAdminPort, log, metrics, ready });
  try {
    for (const [, informer] of all) informer.start(stopped.signal);
    const callEcs = ecsApi(config.gatewayUrl);
    const deps = { caches, sampler, callEcs, log, metrics, signal: stopped.signal };
    const server = await startServer({ ...deps, host: agentHost, port: agentPort });
    log.info("agent started", { port: server.port, server: client.server, config: printableConfig(config) });
    if (!signal.aborted) await ended;
    await server.close(config.shutdownTimeoutMs / 2);
  } finally {
    stopped.abort(new Error("the agent ends"));
    await admin.close();
    connection.close();
    client.close();
  }
}

/** @returns the exit code */
async function main(): Promise<number> {
  const config = loadConfig(process.env, process.argv.slice(2));
  const log = createLogger({ level: config.logLevel, format: config.logFormat, component: "agent" });
  try {
    await run(config, log, untilTold(config, log));
    return EXIT.done;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error("the agent cannot go on", { error: message, stack: error instanceof Error ? error.stack : "" });
    return EXIT.failed;
  }
}

await exitWith(main);
