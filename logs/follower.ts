import type { KubeClient } from "#lib/kube/client.ts";
import { backoffMs, pause } from "#lib/kube/clock.ts";
import { isNotFound, KubeError } from "#lib/kube/errors.ts";
import { readContainerLog } from "./container-log.ts";
import type { OpenLog, OpenLogOf } from "./sink.ts";
import type { Slots } from "./slots.ts";

/** A container whose log is read, as its Pod shows it now. */
export interface FollowedContainer {
  /** The same container of the same Pod, restarts included. */
  readonly key: string;
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly container: string;
  /** Stream of the container as it runs now, and of the one before its last restart. */
  readonly stream: string;
  readonly previousStream: string | undefined;
  /** Number of its restarts. */
  readonly restarts: number;
  readonly running: boolean;
}

export interface FollowerDeps<C extends FollowedContainer> {
  readonly kube: KubeClient;
  readonly open: OpenLogOf<C>;
  readonly slots: Slots;
  /** Told of each failure; reading goes on by itself. */
  readonly failed: (error: unknown) => void;
}

const BACKOFF = { baseMs: 250, maxMs: 15_000 };
/** After a log's end, how long to wait for the Pod to say why. */
const ENDED_MS = 250;

/**
 * Reads the log of one container until all of it was taken and the container has ended.
 * @param look how the container stands now; undefined when its Pod is gone
 * @returns the number of restarts up to which all was taken; undefined when the Pod is gone or `signal` aborted
 */
export async function follow<C extends FollowedContainer>(
  deps: FollowerDeps<C>,
  look: () => C | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  let failures = 0;
  let readBefore: number | undefined;
  while (!signal.aborted) {
    const container = look();
    if (container === undefined) return undefined;
    try {
      if (container.restarts > 0 && readBefore !== container.restarts) {
        await readPrevious(deps, container, signal);
        readBefore = container.restarts;
      }
      const whole = await readOn(deps, container, signal);
      failures = 0;
      if (!container.running && whole) return container.restarts;
      if (whole) await pause(ENDED_MS, signal);
    } catch (error) {
      if (signal.aborted || (isNotFound(error) && look() === undefined)) return undefined;
      deps.failed(error);
      await pause(backoffMs(failures++, BACKOFF), signal);
    }
  }
  return undefined;
}

/** Reads until the container ends, or has to let others read: then false. */
async function readOn<C extends FollowedContainer>(
  deps: FollowerDeps<C>,
  container: C,
  signal: AbortSignal,
): Promise<boolean> {
  return withSlot(deps, container, signal, async (log, handOver) => {
    try {
      const mode = container.running ? "follow" : "rest";
      await readContainerLog(deps.kube, log, {
        ...container,
        mode,
        signal: AbortSignal.any([signal, handOver]),
      });
      return true;
    } catch (error) {
      if (handOver.aborted && !signal.aborted) return false;
      throw error;
    }
  });
}

/** What the container wrote before its last restart, if the node still has it. */
async function readPrevious<C extends FollowedContainer>(
  deps: FollowerDeps<C>,
  container: C,
  signal: AbortSignal,
): Promise<void> {
  const { previousStream } = container;
  if (previousStream === undefined) return;
  await withSlot(deps, { ...container, stream: previousStream }, signal, async (log) => {
    try {
      await readContainerLog(deps.kube, log, { ...container, mode: "previous", signal });
    } catch (error) {
      // 400: the node has removed that container.
      if (!(error instanceof KubeError && [400, 404].includes(error.status))) throw error;
    }
  });
}

async function withSlot<C extends FollowedContainer, T>(
  { slots, open }: FollowerDeps<C>,
  container: C,
  signal: AbortSignal,
  read: (log: OpenLog, handOver: AbortSignal) => Promise<T>,
): Promise<T> {
  const slot = await slots.take(signal);
  try {
    const log = await open(container, container.stream, signal);
    try {
      return await read(log, slot.handOver);
    } finally {
      log.close();
    }
  } finally {
    slot.release();
  }
}
