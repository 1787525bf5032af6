import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

import { loadConfig, printableConfig, type Config } from "#lib/config.ts";
import { startAdminServer } from "#lib/http-admin.ts";
import { createKubeClient, type KubeClient } from "#lib/kube/client.ts";
import { pause } from "#lib/kube/clock.ts";
import { LeadershipLostError, runAsLeader } from "#lib/kube/leases.ts";
import { createRecorder } from "#lib/kube/recorder.ts";
import { createLogger, type Logger } from "#lib/log.ts";
import { createMetrics } from "#lib/metrics.ts";
import { EXIT, exitWith, untilTold } from "#lib/process.ts";
import { createControllers } from "./controllers.ts";
import { createInformers, type Deps } from "./deps.ts";
import { watchFeatures } from "./features.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { Health } from "./health.ts";
import { hookTargets } from "./hook/targets.ts";
import { ImageResolver } from "./image/resolver.ts";
import { surroundingsOf } from "./pod/surroundings.ts";
import { waitForKubernetes } from "./startup.ts";

const LEASE = "kecs-operator";
/** The same in every term, so that a process that was cut off takes its own Lease up again at once. */
const CANDIDATE = `${hostname()}-${randomBytes(4).toString("hex")}`;
/** How long work in hand may take to end after the Lease was lost; its requests are aborted at once. */
const STEP_DOWN_MS = 3_000;
/**
 * The operator's process: caches, health and metrics on every replica, reconcilers on the one that holds the Lease.
 * Who loses the Lease ends all work and then stands in line again with empty hands, as a new process would.
 * @throws LeadershipLostError when work in hand does not end after the Lease was lost: only the process's end is safe
 */
async function run(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  const metrics = createMetrics("operator");
  const access = { kubeconfig: config.kubeconfig, context: config.context };
  const kube = createKubeClient(access);
  // Connections of its own: no renewal waits behind what all controllers together ask for.
  const leases = createKubeClient(access);
  const recorder = createRecorder({ client: kube, component: FIELD_MANAGER, log });
  const identity = { region: config.region, accountId: config.accountId };
  const now = (): Date => new Date();
  const images = new ImageResolver({ config, log, metrics, now });
  const deps = { kube, recorder, config, log, metrics, identity, images, now };
  const health = new Health();
  const admin = await startAdminServer({
    host: config.adminHost,
    port: config.operatorAdminPort,
    log,
    metrics,
    ready: health.checks,
  });
  log.info("operator started", { adminPort: admin.port, server: kube.server, config: printableConfig(config) });
  try {
    while (!signal.aborted) await term({ ...deps, informers: createInformers(deps) }, leases, health, signal);
    await recorder.flush();
  } finally {
    await admin.close();
    kube.close();
    leases.close();
  }
}

/** Waits for Kubernetes, fills the caches, leads when it is this process's turn; ends when told or deposed. */
async function term(
  deps: Omit<Deps, "features">,
  leases: KubeClient,
  health: Health,
  signal: AbortSignal,
): Promise<void> {
  const { kube, log, metrics, config, informers } = deps;
  const end = new AbortController();
  const ends = AbortSignal.any([signal, end.signal]);
  let work: Promise<unknown> = Promise.resolve();
  health.informers = informers;
  try {
    const waitingFor = (what: string | undefined): void => {
      health.missing = what;
    };
    await waitForKubernetes(kube, { namespace: config.namespace, log, waitingFor }, signal);
    if (signal.aborted) return;
    for (const informer of Object.values(informers)) informer.start(ends);
    await runAsLeader(
      {
        client: leases,
        namespace: config.namespace,
        name: LEASE,
        identity: CANDIDATE,
        work: async (leading) => {
          const features = await watchFeatures(kube, { namespace: config.namespace, log }, leading);
          work = Promise.all(createControllers({ ...deps, features }).map((each) => each.start(leading)));
          await work;
        },
        log,
        metrics,
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof LeadershipLostError)) throw error;
    log.error("no longer the leader: ending all work", { error: error.message });
    const ended = await Promise.race([work.then(() => true), pause(STEP_DOWN_MS).then(() => false)]);
    if (!ended) throw error;
  } finally {
    end.abort(new Error("the term is over"));
  }
}

/** @returns the exit code */
async function main(): Promise<number> {
  const config = loadConfig(process.env, process.argv.slice(2));
  surroundingsOf(config); // refused now, not with the first task
  hookTargets(config);
  const log = createLogger({ level: config.logLevel, format: config.logFormat, component: "operator" });
  const signal = untilTold(config, log);
  try {
    await run(config, log, signal);
    return EXIT.done;
  } catch (error) {
    if (signal.aborted) return EXIT.done;
    const message = error instanceof Error ? error.message : String(error);
    log.error("the operator cannot go on", { error: message, stack: error instanceof Error ? error.stack : "" });
    return EXIT.failed;
  }
}

await exitWith(main);
