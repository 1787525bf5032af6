import type { IncomingMessage } from "node:http";
import type { KubeClient } from "#lib/kube/client.ts";
import type { ObjectRef } from "#lib/kube/resources.ts";
import { LogLines } from "./lines.ts";
import { LogReader, sinceTime } from "./position.ts";
import type { OpenLog } from "./sink.ts";

export interface ReadOptions {
  readonly pod: ObjectRef;
  readonly container: string;
  /** `follow`: until the container ends; `rest`: it has ended, what there is; `previous`: before its last restart. */
  readonly mode: "follow" | "rest" | "previous";
  readonly signal: AbortSignal;
}

/** A quiet connection is made again after this: it may be lost without anyone having said so. */
const SILENCE_MS = 600_000;

/**
 * Reads a container's log from where it was taken before to its end, and hands it on.
 * @throws KubeError, the signal's reason, or Error when it was not taken: what was not is there to be read again
 */
export async function readContainerLog(
  kube: KubeClient,
  log: OpenLog,
  { pod, container, mode, signal }: ReadOptions,
): Promise<void> {
  const reader = new LogReader(log.position, { earlier: mode === "previous" });
  const lines = new LogLines();
  const response = await kube.podLog(pod, {
    container,
    follow: mode === "follow",
    previous: mode === "previous",
    sinceTime: sinceTime(log.position),
    // The kubelet's answer begins with the first line.
    timeoutMs: SILENCE_MS,
    signal,
  });
  for await (const chunk of untilSilent(response)) {
    const entries = lines.push(chunk).filter((entry) => reader.isNew(entry));
    if (entries.length > 0) await log.append(entries, reader.position);
  }
  // A line without its end is whole only when nothing more can come.
  const last = mode === "follow" ? [] : lines.end().filter((entry) => reader.isNew(entry));
  if (last.length > 0) await log.append(last, reader.position);
  await log.flush();
}

async function* untilSilent(response: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  const timer = setTimeout(() => response.destroy(), SILENCE_MS);
  try {
    for await (const chunk of response) {
      timer.refresh();
      yield chunk as Buffer;
    }
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}
