import { LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { pause } from "#lib/kube/clock.ts";
import { Informer } from "#lib/kube/informer.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import type { Metrics } from "#lib/metrics.ts";
import type { Store } from "#projector/store.ts";
import { forwardLogs } from "./firelens/forward.ts";
import { Following } from "./following.ts";
import { LogWriter } from "./log-writer.ts";
import { type LogMetrics, logMetrics } from "./metrics.ts";
import { loggedContainers, slimPod } from "./pods.ts";
import { type RetentionOptions, sweep } from "./retention.ts";
import { Slots } from "./slots.ts";
import { createTranscripts, type Transcripts } from "./transcript.ts";

export interface CaptureOptions {
  readonly kube: KubeClient;
  readonly store: Store;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Of KECS's own objects. */
  readonly namespace: string;
  /** Logs that are read at the same time; of those that go to log routers as many again. */
  readonly maxStreams: number;
  readonly retention: RetentionOptions;
  readonly signal: AbortSignal;
}

/** With more logs than may be read at the same time, each is read for so long at a turn. */
const TURN_MS = 10_000;
const SWEEP_EVERY_MS = 60_000;

/** The capture of logs, and what else is written to their store. */
export interface LogCapture {
  readonly transcripts: Transcripts;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/**
 * Keeps the output of all containers whose log driver is `awslogs`, beyond the life of their Pods: follows each
 * through the Kubernetes API from its start to its end. That of `awsfirelens` is sent to the tasks' log routers. Runs
 * until `signal` aborts; nothing else depends on it.
 */
export function captureLogs(options: CaptureOptions): LogCapture {
  const { store, log, metrics } = options;
  const now = (): Date => new Date();
  const slots = new Slots(options.maxStreams, TURN_MS);
  const measured = logMetrics(metrics, slots, (operation, error) =>
    log.debug("Reading of logs failed", { operation, error }),
  );
  const writer = new LogWriter({ store, metrics: measured, now });
  return {
    transcripts: createTranscripts(writer, measured, now),
    ended: capture(options, { writer, slots, metrics: measured }),
  };
}

interface Parts {
  readonly writer: LogWriter;
  readonly slots: Slots;
  readonly metrics: LogMetrics;
}

async function capture(options: CaptureOptions, parts: Parts): Promise<void> {
  const { kube, store, log, metrics, signal } = options;
  const pods = new Informer<Pod>({
    client: kube,
    resource: RESOURCE.pods,
    labelSelector: `${LABELS.managedBy}=${MANAGED_BY}`,
    transform: slimPod,
    log,
    metrics,
  });
  const containers = new Following(
    {
      kube,
      open: ({ group }, stream) => parts.writer.openLog(group, stream),
      slots: parts.slots,
      failed: (error) => parts.metrics.failed("read", error),
    },
    loggedContainers,
    signal,
  );
  pods.onChange(({ before, after }) => containers.update(before, after));
  pods.start(signal);
  const forwarding = forwardLogs({
    kube,
    pods,
    namespace: options.namespace,
    log,
    metrics,
    slots: new Slots(options.maxStreams, TURN_MS),
    signal,
  });
  while (!signal.aborted) {
    await pause(SWEEP_EVERY_MS, signal);
    if (signal.aborted) break;
    await sweep(store, parts.writer, parts.metrics, options.retention).catch((error: unknown) =>
      parts.metrics.failed("sweep", error),
    );
  }
  await Promise.all([containers.ended(), forwarding]);
}
