import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { KubeClient } from "#lib/kube/client.ts";
import { pause } from "#lib/kube/clock.ts";
import type { Informer } from "#lib/kube/informer.ts";
import { runAsLeader } from "#lib/kube/leases.ts";
import type { Pod } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import { counter, type Metrics } from "#lib/metrics.ts";
import { Following } from "../following.ts";
import type { Slots } from "../slots.ts";
import { instanceIds } from "./instance-ids.ts";
import { Positions } from "./positions.ts";
import { type RoutedContainer, routedContainers } from "./routed-containers.ts";
import { routerLogOf } from "./router-log.ts";

export interface ForwardOptions {
  readonly kube: KubeClient;
  /** All Pods of tasks. */
  readonly pods: Informer<Pod>;
  /** Of KECS's own objects. */
  readonly namespace: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Logs that are read at the same time, and how long each is when there are more. */
  readonly slots: Slots;
  readonly signal: AbortSignal;
}

const LEASE = "kecs-log-routers";
const CANDIDATE = `${hostname()}-${randomBytes(4).toString("hex")}`;
const WRITE_EVERY_MS = 2_000;
const KEEP_EVERY = 30;
const RETRY_MS = 5_000;

/**
 * Sends the output of all containers whose log driver is `awsfirelens` to the log router of their task (FireLens). Of
 * several gateways one does, so that nothing is sent twice. Runs until `signal` aborts; nothing else depends on it.
 * @returns resolves when it has ended
 */
export async function forwardLogs(options: ForwardOptions): Promise<void> {
  const { kube, pods, namespace, log, metrics, signal } = options;
  const measured = forwardMetrics(metrics);
  let current: Following<RoutedContainer> | undefined;
  pods.onChange(({ before, after }) => current?.update(before, after));

  async function term(leading: AbortSignal): Promise<void> {
    await pods.synced;
    const positions = await Positions.load(kube, namespace, leading);
    const failed = (error: unknown): void => {
      measured.errors.inc();
      log.debug("Output not sent to a log router", { error });
    };
    const open = routerLogOf({
      kube,
      positions,
      instanceId: instanceIds(kube),
      sent: (records) => measured.records.inc(records),
    });
    current = new Following({ kube, open, slots: options.slots, failed }, routedContainers, leading);
    try {
      for (const pod of pods.list()) current.update(undefined, pod);
      await keepPositions(positions, pods, leading, log);
      await current.ended();
    } finally {
      current = undefined;
    }
    await positions.write();
  }

  while (!signal.aborted) {
    let work: Promise<void> = Promise.resolve();
    try {
      const lead = (leading: AbortSignal): Promise<void> => (work = term(leading));
      await runAsLeader(
        { client: kube, namespace, name: LEASE, identity: CANDIDATE, work: lead, log, metrics },
        signal,
      );
    } catch (error) {
      if (!signal.aborted) log.warn("sending logs to log routers was interrupted", { error: String(error) });
    }
    await work.catch(() => undefined);
    await pause(RETRY_MS, signal);
  }
}

/** Writes positions now and then, and forgets those of containers that are gone. */
async function keepPositions(
  positions: Positions,
  pods: Informer<Pod>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    if (turn % KEEP_EVERY === 0) positions.keep(pods.list().flatMap(routedContainers).flatMap(streamsOf));
    await positions
      .write()
      .catch((error: unknown) => log.warn("positions in logs not written", { error: String(error) }));
    await pause(WRITE_EVERY_MS, signal);
  }
}

function streamsOf({ stream, previousStream }: RoutedContainer): string[] {
  return previousStream === undefined ? [stream] : [stream, previousStream];
}

function forwardMetrics(metrics: Metrics) {
  return {
    records: counter(metrics, { name: "kecs_firelens_records_total", help: "Records that log routers have taken" }),
    errors: counter(metrics, {
      name: "kecs_firelens_errors_total",
      help: "Failures to send output to log routers; it is tried again",
    }),
  };
}
